package app

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/mail/mailtest"
)

// HARDCASES 24: a firm that leaves the directory leaves the mails that wait, of
// every kind, at once: no mail that goes after it names it, in any of its names
// or numbers, nor says what it wrote; what would ask something for it does not
// go. The same letters, with nobody gone, do name it.
func TestHardCase24WaitingMailsNameNobodyWhoLeft(t *testing.T) {
	words := said{title: "Zébulon le pont", words: "Zébulon écrit ces mots", name: "Quelqu’un", others: "Une journée"}
	gone := func(e directory.Establishment) bool { return e.SIRET == directorytest.Garage }
	for _, engine := range []string{"sqlite", "postgres"} {
		for how, leaves := range map[string]func(t *testing.T, m *mailroom){
			"hidden": func(t *testing.T, m *mailroom) {
				if err := m.Directory.Hide(t.Context(), byOperator, directorytest.Garage, "objection"); err != nil {
					t.Fatal(err)
				}
			},
			"hidden on another node": func(t *testing.T, m *mailroom) {
				if err := m.DB.Write(t.Context(), func(tx *db.Tx) error {
					return m.Directory.ChangeIn(t.Context(), tx, byOperator, directorytest.Garage, func(o *directory.Overlay) { o.Hidden = true })
				}); err != nil {
					t.Fatal(err)
				}
			},
			"closed": func(t *testing.T, m *mailroom) {
				m.registers(t, slices.DeleteFunc(directorytest.Establishments(), gone))
			},
			"masked": func(t *testing.T, m *mailroom) {
				firms := directorytest.Establishments()
				masked := firms[slices.IndexFunc(firms, func(e directory.Establishment) bool { return e.SIRET == directorytest.Masked })]
				masked.SIRET = directorytest.Garage
				firms[slices.IndexFunc(firms, gone)] = masked
				m.registers(t, firms)
			},
		} {
			t.Run(engine+"/"+how, func(t *testing.T) {
				m := openMailroom(t, engine, directorytest.Establishments())
				letters := m.everyLetter(words)
				named := make([]bool, len(letters))
				for i, l := range letters {
					m.posts(t, l, fmt.Sprintf("avant%d", i))
					went := m.goOut(t)
					if len(went) == 0 {
						t.Errorf("%s does not go", l.kind)
					}
					named[i] = len(tells(went, "Garage de la Gare", "Zébulon")) > 0
				}
				for i, l := range letters {
					m.posts(t, l, fmt.Sprintf("apres%d", i))
				}
				leaves(t, m)
				m.now.Pass(14 * 24 * time.Hour)
				var went []mailtest.Received
				for range 60 { // one thing asked a week
					went = append(went, m.goOut(t)...)
				}
				if len(went) < 40 {
					t.Errorf("only %d mails go", len(went))
				}
				if n := m.withdrawn(t); how != "masked" && n < 10 {
					t.Errorf("only %d mails that ask something were taken back", n)
				}
				secrets := []string{"Garage de la Gare"}
				if how != "masked" { // whose number and own words stay those of its page
					secrets = append(secrets, "Zébulon", directorytest.Garage.String())
				}
				for _, found := range tells(went, secrets...) {
					t.Error(found)
				}
				n := 0
				for _, is := range named {
					if is {
						n++
					}
				}
				if n < 50 {
					t.Errorf("with nobody gone %d letters name it: this test looks for what is not there", n)
				}
			})
		}
	}
}

// tells looks for words in what went: headers, text and HTML.
func tells(went []mailtest.Received, secrets ...string) (found []string) {
	for _, r := range went {
		all := r.Subject + "\n" + r.Text + "\n" + html.UnescapeString(r.HTML)
		for _, values := range r.Header {
			all += "\n" + strings.Join(values, "\n")
		}
		all = strings.ReplaceAll(all, "/"+directorytest.Garage.String(), "") // of the reader's own pages
		for _, secret := range secrets {
			if strings.Contains(all, secret) {
				found = append(found, fmt.Sprintf("to %v, %q: %q in\n%s", r.To, r.Subject, secret, r.Text))
			}
		}
	}
	return found
}

// registers serves another state of the registers.
func (m *mailroom) registers(t *testing.T, firms []directory.Establishment) {
	t.Helper()
	const day = "2026-12-01"
	directorytest.Write(t, m.dir, day, firms)
	ctx, cancel := context.WithCancel(t.Context())
	watched := make(chan bool)
	go func() {
		m.Directory.Watch(ctx)
		close(watched)
	}()
	defer func() {
		cancel()
		<-watched
	}()
	for range 200 {
		if m.Directory.AsOf() == day {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("the registers do not follow")
}

// withdrawn counts what asks something and did not go.
func (m *mailroom) withdrawn(t *testing.T) (n int) {
	t.Helper()
	if err := m.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.One(t.Context(), []any{&n}, `SELECT count(*) FROM mail_outbox WHERE class = 'solicitation' AND state = 'dropped' AND fault = 'withdrawn'`)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
