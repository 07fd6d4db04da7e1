package mail

import (
	"fmt"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
)

// The longest address and the longest part before its @, in bytes (RFC 5321,
// 4.5.3.1).
const (
	maxAddress = 254
	maxLocal   = 64
)

// atoms is the part before the @ as people have it: no quotes, no spaces, no
// two dots together.
var atoms = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")

// label is a part of a domain.
var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// Address returns an address as it goes over the wire: its domain in small
// ASCII letters, so épicerie.example becomes xn--picerie-9xa.example. The part
// before the @ is kept, and must be ASCII: an address such as léa@lys.fr needs
// every server on the way to speak SMTPUTF8, and one that does not loses the
// mail far from us. Quoted parts and addresses of machines are refused too.
func Address(s string) (string, error) {
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return "", fmt.Errorf("an address without a part on each side of @")
	}
	local := s[:at]
	switch {
	case len(local) > maxLocal:
		return "", fmt.Errorf("an address with more than %d signs before @", maxLocal)
	case !atoms.MatchString(local):
		return "", fmt.Errorf("an address with signs before @ that not every server takes")
	}
	domain, err := Domain(s[at+1:])
	if err != nil {
		return "", err
	}
	if len(local)+1+len(domain) > maxAddress {
		return "", fmt.Errorf("an address of more than %d signs", maxAddress)
	}
	return local + "@" + domain, nil
}

// Domain returns a domain as it goes over the wire, in small ASCII letters.
func Domain(s string) (string, error) {
	domain, err := idna.Lookup.ToASCII(s)
	if err != nil || domain == "" || len(domain) > 253 {
		return "", fmt.Errorf("not a domain")
	}
	for part := range strings.SplitSeq(domain, ".") {
		if !label.MatchString(part) {
			return "", fmt.Errorf("not a domain")
		}
	}
	return domain, nil
}
