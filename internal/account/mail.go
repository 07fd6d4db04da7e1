package account

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// A Mail is a mail address that can be written to.
type Mail struct {
	written string
	key     string
}

// maxMail is the longest an address may be (RFC 5321, 4.5.3.1.3, less the
// angle brackets).
const maxMail = 254

// ParseMail reads an address as people type it. Its domain may have accents;
// an address without a dot in its domain, or with quotes, is refused: nobody's
// is like that, and typing errors are.
func ParseMail(s string) (Mail, error) {
	s = norm.NFC.String(strings.TrimSpace(s))
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`"<>()[]\,;:`, r)
	}) {
		return Mail{}, ErrMail
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || strings.Contains(domain, "@") {
		return Mail{}, ErrMail
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !strings.Contains(strings.Trim(ascii, "."), ".") || strings.HasSuffix(ascii, ".") {
		return Mail{}, ErrMail
	}
	if again, err := idna.Lookup.ToASCII(ascii); err != nil || again != ascii {
		return Mail{}, ErrMail
	}
	written := local + "@" + ascii
	if a, err := mail.ParseAddress(written); err != nil || a.Address != written || len(written) > maxMail {
		return Mail{}, ErrMail
	}
	// Case in the local part means something only by a rule nobody follows.
	return Mail{written: written, key: strings.ToLower(written)}, nil
}

// String returns the address as it is written to.
func (m Mail) String() string { return m.written }

// Key returns the address as it is compared.
func (m Mail) Key() string { return m.key }

// Hidden returns the address with what names somebody left out: for messages
// and logs.
func (m Mail) Hidden() string {
	_, domain, _ := strings.Cut(m.written, "@")
	return "…@" + domain
}
