package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// newToken returns a secret of 256 bits that may stand in an address.
func newToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// stored returns a token as it is kept: who reads the database cannot use it.
// The secret is random, so no salt is needed, and looking its digest up leaks
// nothing by time.
func stored(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
