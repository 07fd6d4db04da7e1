package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"passerelle/internal/db"
)

// ErrPhone says that a number cannot be dialled.
var ErrPhone = errors.New("not a telephone number") // profile.fault.phone

// maxName is how many letters of a name are kept.
const maxName = 80

// Names are how a person is called, and called up.
type Names struct{ Given, Family, Phone string }

// ParsePhone returns a number as it was written, on one line: 9 to 15 digits,
// and the signs people put between them. It returns ErrPhone.
func ParsePhone(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune(" +.-()", r):
			return "", ErrPhone
		}
	}
	if digits < 9 || digits > 15 {
		return "", ErrPhone
	}
	return s, nil
}

// cleanName returns a name on one line, without what is not seen, cut.
func cleanName(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, ""))), " ")
	if letters := []rune(s); len(letters) > maxName {
		s = string(letters[:maxName])
	}
	return s
}

// ChangeNames says how a person is called; what is empty is not known any
// more. It returns ErrPhone.
func (a *Accounts) ChangeNames(ctx context.Context, by Actor, person string, n Names) error {
	n.Given, n.Family = cleanName(n.Given), cleanName(n.Family)
	if n.Phone = cleanName(n.Phone); n.Phone != "" {
		var err error
		if n.Phone, err = ParsePhone(n.Phone); err != nil {
			return err
		}
	}
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		p, err := personByID(ctx, t, person)
		if err != nil {
			return err
		}
		fields := Fields{}
		for name, change := range map[string][2]string{"given_name": {p.GivenName, n.Given}, "family_name": {p.FamilyName, n.Family}, "phone": {p.Phone, n.Phone}} {
			if change[0] != change[1] {
				fields[name] = change[1]
			}
		}
		if len(fields) == 0 {
			return nil
		}
		if err := changeNames(ctx, t, person, n); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "account.names", Kind: "person", Object: person, By: by, Fields: fields}.About(p))
	})
	if err != nil {
		return fmt.Errorf("change names: %w", err)
	}
	return nil
}
