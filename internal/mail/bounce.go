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

// Sender returns r-<id>-<mark>@domain.
func (b Bounce) Sender(id string) (string, error) { return bounces.address(b.Domain, b.Key, id) }

// ID returns the id of the mail that an address was made for, and whether the
// house made it.
func (b Bounce) ID(address string) (string, bool) { return bounces.id(b.Domain, b.Key, address) }

// A Relay makes the addresses by which people answer each other without knowing
// each other's: the id of what they talk about and on whose behalf, and a mark
// that only the house can make. Who has the address speaks for that side.
type Relay struct {
	Domain string
	Key    []byte // a secret of the house, at least 16 bytes
}

// Address returns c-<id>-<mark>@domain.
func (r Relay) Address(id string) (string, error) { return relays.address(r.Domain, r.Key, id) }

// ID returns the id that an address was made for, and whether the house made
// it.
func (r Relay) ID(address string) (string, bool) { return relays.id(r.Domain, r.Key, address) }

// A marked is a kind of addresses that only the house can make. The mark of
// one kind is of no use for another.
type marked struct {
	prefix  string // of the address
	purpose string // of the mark
}

var bounces, relays = marked{"r-", "bounce"}, marked{"c-", "relay"}

// markAlphabet is in capitals or not alike, as servers on the way change them.
var markAlphabet = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// markedID is an id that holds in an address, in small letters.
var markedID = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,43}[a-z0-9])?$`)

// The mark is 64 bits of the HMAC: who tries a thousand a second finds one in
// some 300 million years.
const (
	markBytes = 8
	markSigns = 13
)

// address returns <prefix><id>-<mark>@domain.
func (k marked) address(at string, key []byte, id string) (string, error) {
	if !markedID.MatchString(id) {
		return "", fmt.Errorf("an id that holds in no address: %q", id)
	}
	if len(key) < 16 {
		return "", fmt.Errorf("a key of %d bytes for addresses", len(key))
	}
	domain, err := Domain(at)
	if err != nil {
		return "", err
	}
	return k.prefix + id + "-" + k.mark(key, id, domain) + "@" + domain, nil
}

// id returns the id that an address was made for, and whether the house made
// it.
func (k marked) id(at string, key []byte, address string) (string, bool) {
	local, of, found := strings.Cut(strings.ToLower(address), "@")
	domain, err := Domain(at)
	rest, ours := strings.CutPrefix(local, k.prefix)
	if !found || err != nil || of != domain || !ours || len(key) < 16 || len(rest) < markSigns+2 {
		return "", false
	}
	id, mark := rest[:len(rest)-markSigns-1], rest[len(rest)-markSigns:]
	if rest[len(id)] != '-' || !markedID.MatchString(id) {
		return "", false
	}
	if !hmac.Equal([]byte(mark), []byte(k.mark(key, id, domain))) { // in constant time
		return "", false
	}
	return id, true
}

func (k marked) mark(key []byte, id, domain string) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "%s %s@%s", k.purpose, id, domain)
	return markAlphabet.EncodeToString(h.Sum(nil)[:markBytes])
}
