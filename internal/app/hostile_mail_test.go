package app

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/mail/mailtest"
)

// harm are texts that mean harm where they are not only read.
var harm = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `[clic](javascript:alert(1)) javascript:alert(1)`, "abc\u202Edcba\u200F", "Bonjour\r\nBcc: tous@lys.example\r\n\r\nCorps",
	strings.Repeat("très-long", 150), `Chef @ Lys: "SA", <chef@faux.example>`, "\x00\x02\x03\x1f\x7f", `</title></style><!--`, "=?utf-8?q?faux?=", "{{.}} %s {firm}",
}

// HARDCASES 44: whatever people, registers and the operator wrote, each kind
// of letter arrives as one mail to one reader: nothing of it is markup, a link,
// or a header, and nothing turns its words round.
func TestHardCase44EveryLetterIsWords(t *testing.T) {
	for n, bad := range harm {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			firms := directorytest.Establishments()
			for i := range firms {
				if firms[i].SIRET == directorytest.Garage {
					firms[i].Name = "Garage " + bad
				}
			}
			m := openMailroom(t, "sqlite", firms)
			m.misname(t, bad)
			m.Post.house = "Maison " + bad
			for i, l := range m.everyLetter(said{"Titre " + bad, "Mots " + bad, "Nom " + bad, "Autres " + bad}) {
				if l.kind == "need.search" {
					continue // whose act refuses some of these; need.expire says the same title
				}
				m.posts(t, l, fmt.Sprintf("mal%d", i))
				went := m.goOut(t)
				if len(went) == 0 {
					t.Errorf("%s does not go", l.kind)
				}
				for _, r := range went {
					for _, fault := range harmful(r) {
						t.Errorf("%s: %s", l.kind, fault)
					}
				}
			}
		})
	}
}

// misname gives who acts, and the source of an address, a name.
func (m *mailroom) misname(t *testing.T, bad string) {
	t.Helper()
	clean := strings.ReplaceAll(bad, "\x00", "") // PostgreSQL keeps none
	if err := m.DB.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE person SET given_name = $1, family_name = $1`, clean)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Contacts.Save(t.Context(), byNadia(m), m.nadia, *m.marie, contact.Origin{Source: "Salon " + clean}); err != nil {
		t.Fatal(err)
	}
}

// harmful tells what of a mail is more than words to its one reader.
func harmful(r mailtest.Received) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if len(r.To) != 1 {
		say("it goes to %v", r.To)
	}
	known := map[string]bool{
		"Date": true, "Message-Id": true, "Mime-Version": true, "Subject": true, "From": true, "To": true, "Reply-To": true, "Content-Type": true, "User-Agent": true,
		"Auto-Submitted": true, "X-Auto-Response-Suppress": true, "List-Unsubscribe": true, "List-Unsubscribe-Post": true,
	}
	for name, values := range r.Header {
		if !known[name] || len(values) != 1 {
			say("header %s: %q", name, values)
		}
	}
	for _, name := range []string{"From", "To", "Reply-To"} {
		if r.Header.Get(name) == "" {
			continue
		}
		list, err := r.Header.AddressList(name)
		if err != nil || len(list) != 1 || !strings.HasSuffix(list[0].Address, ".example") || strings.Contains(list[0].Address, "faux") || strings.ContainsAny(list[0].Name, "@:,;<>\"\r\n") {
			say("%s: %q, %v", name, r.Header.Get(name), err)
		}
	}
	if u := r.Header.Get("List-Unsubscribe"); u != "" && !strings.HasPrefix(u, "<https://passerelle.example/ne-plus-recevoir/") {
		say("List-Unsubscribe: %s", u)
	}
	if n := len([]rune(r.Subject)); n == 0 || n > 150 || strings.ContainsAny(r.Subject, "\r\n") {
		say("subject of %d signs: %q", n, r.Subject)
	}
	for part, s := range map[string]string{"subject": r.Subject, "text": r.Text, "HTML": r.HTML} {
		if i := strings.IndexFunc(s, turns); i >= 0 {
			say("the %s holds %q", part, s[i:min(i+4, len(s))])
		}
		if strings.ContainsAny(s, "\x02\x03") {
			say("the %s holds a mark", part)
		}
	}
	for _, line := range strings.Split(r.Body, "\n") {
		if len(line) > 998 {
			say("a line of %d bytes", len(line))
		}
	}
	return append(faults, markup(r.HTML)...)
}

// turns reports whether a rune hides, or turns words round.
func turns(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F
}

// elements are those that a letter is made of.
var elements = regexp.MustCompile(`^(html|head|meta|title|style|body|div|table|tbody|tr|td|th|h1|p|a|span|br|blockquote)$`)

// markup tells what of a page is not the house's own.
func markup(page string) (faults []string) {
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return faults
		case html.CommentToken:
			if text := string(z.Text()); !strings.HasPrefix(text, "[if mso]") || strings.Contains(text, "alert") {
				faults = append(faults, "a comment: "+text)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			tag := z.Token()
			if !elements.MatchString(tag.Data) {
				faults = append(faults, "an element: "+tag.String())
			}
			for _, a := range tag.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "https://passerelle.example/") {
					faults = append(faults, "an attribute: "+tag.String())
				}
			}
		}
	}
}
