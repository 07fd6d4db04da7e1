package mail

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
)

// A Bounce makes the addresses that refusals come back to (VERP): the id of
// the mail and a mark that only the house can make. So a refusal is matched to
// its mail without believing a word of what it says, and nobody can stop
// somebody else's mails by writing one.
type Bounce struct {
	Domain string
	Key    []byte // a secret of the house, at least 16 bytes
}

// bounceMark is in capitals or not alike, as servers on the way change them.
var bounceMark = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// bounceID is an id that holds in an address, in small letters.
var bounceID = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,43}[a-z0-9])?$`)

// The mark is 64 bits of the HMAC: who tries a thousand a second finds one in
// some 300 million years.
const (
	markBytes = 8
	markSigns = 13
)

// Sender returns r-<id>-<mark>@domain.
func (b Bounce) Sender(id string) (string, error) {
	if !bounceID.MatchString(id) {
		return "", fmt.Errorf("an id that holds in no address: %q", id)
	}
	if len(b.Key) < 16 {
		return "", fmt.Errorf("a key of %d bytes for the addresses of refusals", len(b.Key))
	}
	domain, err := Domain(b.Domain)
	if err != nil {
		return "", err
	}
	return "r-" + id + "-" + b.mark(id, domain) + "@" + domain, nil
}

// ID returns the id of the mail that an address was made for, and whether the
// house made it.
func (b Bounce) ID(address string) (string, bool) {
	local, at, found := strings.Cut(strings.ToLower(address), "@")
	domain, err := Domain(b.Domain)
	rest, ours := strings.CutPrefix(local, "r-")
	if !found || err != nil || at != domain || !ours || len(b.Key) < 16 || len(rest) < markSigns+2 {
		return "", false
	}
	id, mark := rest[:len(rest)-markSigns-1], rest[len(rest)-markSigns:]
	if rest[len(id)] != '-' || !bounceID.MatchString(id) {
		return "", false
	}
	if !hmac.Equal([]byte(mark), []byte(b.mark(id, domain))) { // in constant time
		return "", false
	}
	return id, true
}

func (b Bounce) mark(id, domain string) string {
	h := hmac.New(sha256.New, b.Key)
	fmt.Fprintf(h, "bounce %s@%s", id, domain)
	return bounceMark.EncodeToString(h.Sum(nil)[:markBytes])
}
