package db

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"time"
)

// idAlphabet is Crockford's: in the order of ASCII, without i, l, o and u,
// which are misread when an id is dictated.
var idAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns an id of 26 letters and digits that sorts by the millisecond
// of t, and of which no one can guess another: 80 of its bits are random.
func NewID(t time.Time) string {
	var b [16]byte
	ms := uint64(t.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	rand.Read(b[6:]) // never fails
	return idAlphabet.EncodeToString(b[:])
}

// NewToken returns a secret of 256 bits that may stand in an address.
func NewToken() string {
	var b [32]byte
	rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// Micros returns t as instants are stored: microseconds since 1970, UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Time returns the instant stored as micros, in UTC.
func Time(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
