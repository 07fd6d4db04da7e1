package app

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/geo"
	"passerelle/internal/lead"
	"passerelle/internal/meeting"
	"passerelle/internal/openid"
	"passerelle/internal/openid/openidtest"
	"passerelle/internal/profile"
	"passerelle/internal/register"
	"passerelle/internal/team"
	"passerelle/internal/visit"
)

// Who is erased is nowhere: in no table, no file of the data folder, no index;
// a tombstone and a record without names are all that is left, and the record
// still verifies.
func TestErasureLeavesNoTrace(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			dir := t.TempDir()
			address := "sqlite:" + filepath.Join(dir, "passerelle.db")
			if engine == "postgres" {
				address = dbtest.PostgresURL(t)
			}
			directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
			var log bytes.Buffer
			x := &Context{
				Ctx: t.Context(), Stdout: io.Discard, Stderr: &log, Clock: clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)),
				Config: &Config{Data: dir, Database: address, BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"}},
			}
			h, err := openHouse(x)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.unlock(t.Context()); err != nil {
				t.Fatal(err)
			}
			id := liveAndLeave(t, h, func() {})
			scanTables(t, h.DB)
			if n, err := h.Accounts.Verify(t.Context()); err != nil || n < 28 {
				t.Errorf("the record: %d acts, %v", n, err)
			}
			if o := h.Directory.Overlay(directorytest.Garage); o.Words != "" {
				t.Errorf("the overlay still says %q", o.Words)
			}
			err = h.DB.Read(t.Context(), func(tx *db.Tx) error {
				var n int
				return tx.One(t.Context(), []any{&n}, `SELECT count(*) FROM erasure WHERE person = $1`, id)
			})
			if err != nil {
				t.Error(err)
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			for _, word := range telling {
				if strings.Contains(strings.ToLower(log.String()), word) {
					t.Errorf("the log holds %q", word)
				}
			}
			scanFiles(t, dir)
		})
	}
}

// telling is what tells who the erased person was, in small letters.
var telling = []string{"zénobie", "zenobie", "quetzalcoatl", "0321998877", "03 21 99 88 77"}

// liveAndLeave has somebody sign in, claim, say things, be written for, and
// erase their account; before is called just before. It returns their id.
func liveAndLeave(t *testing.T, h *house, before func()) string {
	t.Helper()
	ctx := t.Context()
	const mail = "zenobie@quetzalcoatl.example"
	if err := h.Accounts.AskLink(ctx, account.AskedLink{Mail: mail, Host: "192.0.2.1"}); err != nil {
		t.Fatal(err)
	}
	token, err := h.Accounts.Add(ctx, byCommand, account.NewPerson{Mail: mail})
	if err != nil {
		t.Fatal(err)
	}
	e, err := h.Accounts.Enter(ctx, token, account.Device{Agent: "Firefox/140.0"})
	if err != nil {
		t.Fatal(err)
	}
	by := account.Actor{Who: e.Person.ID, Channel: account.Web}
	c, err := h.Accounts.ClaimFirm(ctx, by, e.Person, directorytest.Garage, "artois")
	if err != nil {
		t.Fatal(err)
	}
	nadia := account.Actor{Who: "nadia", Channel: account.Web}
	if _, err := h.Accounts.Approve(ctx, nadia, c.ID, account.ByDecision, ""); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"Le garage de Zénobie Quetzalcoatl", "Mécanique"} {
		said := profile.Content{Words: words, Contact: "Zénobie Quetzalcoatl", Phone: "03 21 99 88 77", Mail: mail}
		if faults, err := h.Profiles.Change(ctx, profile.Change{SIRET: directorytest.Garage, Content: said, By: by}); err != nil {
			t.Fatalf("%v, %v", faults, err)
		}
	}
	if err := h.Accounts.ChangeNames(ctx, by, e.Person.ID, account.Names{Given: "Zénobie", Family: "Quetzalcoatl", Phone: "03 21 99 88 77"}); err != nil {
		t.Fatal(err)
	}
	liveWithNeeds(t, h, by)
	showsAndSays(t, h, by)
	knownBefore(t, h, mail)
	leadWith(t, h, e.Person.ID)
	invitedTo(t, h, by)
	teamOf(t, h, by)
	visitWith(t, h, by, mail)
	meets(t, h, by, e.Person.ID)
	enterElsewhere(t, h, mail)
	feed, err := h.Accounts.OpenFeed(ctx, by, e.Person.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Accounts.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	before()
	if err := h.Accounts.Erase(ctx, by, e.Person.ID); err != nil {
		t.Fatal(err)
	}
	if err := h.Accounts.Seal(ctx); err != nil {
		t.Fatal(err)
	}
	if err := h.Directory.Refresh(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Accounts.Session(ctx, e.Token); err == nil {
		t.Error("still signed in")
	}
	if _, err := h.Accounts.ByFeed(ctx, feed); err == nil {
		t.Error("the agenda can still be read")
	}
	return e.Person.ID
}

// teamOf has somebody keep a team, whose texts name them, and answer for it.
func teamOf(t *testing.T, h *house, by account.Actor) {
	t.Helper()
	ctx := t.Context()
	p, err := h.Projects.Keep(ctx, by, team.Project{
		Title: "Le chantier de Zénobie Quetzalcoatl", Words: "Appeler le 03 21 99 88 77", Commune: "62473", Territory: "artois",
		Job: team.Job{Site: geo.Point{Lat: 50.6237, Lon: 2.4563}, Radius: 25_000, MemberCost: team.DefaultMemberCost, Lots: []team.Lot{{Trade: "garagiste"}}},
	}, []register.SIRET{directorytest.Garage})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Projects.Ask(ctx, by, p.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Projects.Answer(ctx, p.ID, team.Reply{SIRET: directorytest.Garage, Reason: "busy", By: by}); err != nil {
		t.Fatal(err)
	}
}

// invitedTo has a facilitator invite somebody to a meeting, who declines.
func invitedTo(t *testing.T, h *house, by account.Actor) {
	t.Helper()
	nadia := &account.Person{ID: "nadia", Duties: []account.Duty{{Role: account.Facilitator, Institution: account.CMA}}}
	act := account.Actor{Who: nadia.ID, Channel: account.Web}
	start := h.Meetings.Clock.Now().AddDate(0, 0, 20)
	list, faults, err := h.Meetings.Plan(t.Context(), act, []meeting.Meeting{{
		State: meeting.Published, Title: "Se connaître", Territory: "artois", Commune: "62473", Organiser: nadia.ID, Room: booking.Room{Seats: 20, Start: start, End: start.Add(time.Hour)},
	}})
	if err != nil {
		t.Fatalf("%v, %v", faults, err)
	}
	made, err := h.Invitations.Invite(t.Context(), meeting.Inviting{Meeting: list[0].ID, Who: nadia, Keys: []string{by.Who}, By: act})
	if err != nil || len(made) != 1 {
		t.Fatalf("%d invitations, %v", len(made), err)
	}
	if err := h.Invitations.Decline(t.Context(), by, made[0].ID); err != nil {
		t.Fatal(err)
	}
}

// leadWith has a facilitator note a lead that names somebody, who sees to it.
func leadWith(t *testing.T, h *house, owner string) {
	t.Helper()
	l, err := h.Leads.Add(t.Context(), account.Actor{Who: "nadia", Channel: account.Phone}, lead.Lead{
		Title: "Appel de Zénobie Quetzalcoatl", Words: "Joindre au 03 21 99 88 77", Next: "Rappeler Mme Quetzalcoatl", Owner: owner, Parties: []register.SIRET{directorytest.Garage},
	})
	if err != nil {
		t.Fatal(err)
	}
	by := account.Actor{Who: owner, Channel: account.Web}
	for _, words := range []string{"Zénobie Quetzalcoatl rappelle lundi", "Mme Quetzalcoatl rappelle mardi"} {
		c, err := h.Leads.Say(t.Context(), lead.Said{Lead: l.ID, Words: words, By: by})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Leads.Reword(t.Context(), by, l.ID, c.ID, "Noté : "+words); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Leads.Stand(t.Context(), l.ID, directorytest.Garage, "talking", "Demandez Zénobie Quetzalcoatl"); err != nil {
		t.Fatal(err)
	}
	c, _, err := h.Leads.Declare(t.Context(), lead.Declared{By: by, Cooperation: lead.Cooperation{
		Kind: "loan", Started: "2026-11-02", DeclaredFor: directorytest.Garage, Parties: []lead.Party{{SIRET: directorytest.Garage}, {SIRET: directorytest.Charpentiers}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Leads.Answer(t.Context(), by, c.ID, directorytest.Charpentiers, lead.Confirmed); err != nil {
		t.Fatal(err)
	}
	for _, said := range []lead.CooperationNote{{SIRET: directorytest.Garage, Saw: "Zénobie Quetzalcoatl a prêté son pont"}, {SIRET: directorytest.Charpentiers, Saw: "Un pont levé", Signed: "Chez Zénobie Quetzalcoatl"}} {
		said.Cooperation = c.ID
		if err := h.Leads.Write(t.Context(), by, said, false); err != nil {
			t.Fatal(err)
		}
		n, err := h.Leads.Written(t.Context(), c.ID, said.SIRET)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range c.Parties {
			if err := h.Leads.Consent(t.Context(), by, n.ID, p.SIRET, n.WrittenAt, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := h.Leads.AddDocument(t.Context(), by, l.ID, "Devis Zénobie Quetzalcoatl.pdf", []byte("%PDF-1.7")); err != nil {
		t.Fatal(err)
	}
}

// visitWith has somebody open their workshop, visit it, and write about it.
func visitWith(t *testing.T, h *house, by account.Actor, mail string) {
	t.Helper()
	ctx := t.Context()
	o, faults, err := h.Visits.Add(ctx, by, visit.Offer{
		SIRET: directorytest.Garage, Title: "Chez Zénobie Quetzalcoatl", Minutes: 60, Seats: 4,
		Terms: visit.Terms{Sees: "La forge de Mme Quetzalcoatl", Where: "Au garage", Welcome: "Zénobie Quetzalcoatl, 03 21 99 88 77"},
	})
	if err != nil {
		t.Fatalf("%v, %v", faults, err)
	}
	slots, _, err := h.Visits.Open(ctx, by, o.ID, visit.Rule{First: "2026-11-24", At: 9 * time.Hour, Every: visit.Once})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Visits.Wish(ctx, by, visit.Wish{Trade: "boulanger", Name: "Zénobie Quetzalcoatl", Mail: mail, Words: "Rappeler Zénobie"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Visits.Book(ctx, booking.Ask{Room: slots[0].ID, Name: "Zénobie Quetzalcoatl", Mail: mail, Phone: "03 21 99 88 77", By: by}); err != nil {
		t.Fatal(err)
	}
}

// enterElsewhere signs somebody in by a provider, which calls them by name.
func enterElsewhere(t *testing.T, h *house, mail string) {
	t.Helper()
	there := openidtest.Open(t)
	there.Know(map[string]any{"sub": "zenobie-quetzalcoatl", "email": mail, "email_verified": true, "given_name": "Zénobie"})
	h.Accounts.Provider = openid.New(there.Config())
	address, token, err := h.Accounts.BeginIdentity(t.Context(), account.AskedIdentity{Host: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	back := account.Return{Token: token, Answer: there.Visit(address, "zenobie-quetzalcoatl")}
	if _, _, err := h.Accounts.EnterByIdentity(t.Context(), back); err != nil {
		t.Fatal(err)
	}
}

// liveWithNeeds has somebody post a need, answer and ask, and be written for.
func liveWithNeeds(t *testing.T, h *house, by account.Actor) {
	t.Helper()
	ctx := t.Context()
	nadia := account.Actor{Who: "nadia", Channel: account.Phone}
	what := exchange.NeedContent{Direction: exchange.Seeking, Kind: exchange.Service, Title: "Zénobie cherche un tourneur", Words: "Demandez Zénobie Quetzalcoatl"}
	n, _, _, err := h.Needs.Post(ctx, exchange.Posting{SIRET: directorytest.Garage, Content: what, By: by})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Needs.RefuseNeed(ctx, nadia, n.ID, "Pas de nom : Quetzalcoatl"); err != nil {
		t.Fatal(err)
	}
	other, _, _, err := h.Needs.Post(ctx, exchange.Posting{SIRET: directorytest.Boulangerie, Content: exchange.NeedContent{Direction: exchange.Offering, Kind: exchange.Materials, Title: "Vu avec Quetzalcoatl"}, By: nadia, Staff: true, ForName: "Zénobie Quetzalcoatl"})
	if err != nil {
		t.Fatal(err)
	}
	a := exchange.Answer{Need: other.ID, SIRET: directorytest.Garage, Words: "Zénobie Quetzalcoatl passera", By: by}
	if _, err := h.Needs.Interest(ctx, a); err != nil {
		t.Fatal(err)
	}
	if err := h.Needs.Ask(ctx, a); err != nil {
		t.Fatal(err)
	}
}

// showsAndSays has somebody add a picture and a label to their firm, and say
// what they do without a SIRET, all with their name.
func showsAndSays(t *testing.T, h *house, by account.Actor) {
	t.Helper()
	ctx := t.Context()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 300, 300)), nil); err != nil {
		t.Fatal(err)
	}
	if err := h.Profiles.AddPicture(ctx, profile.NewPicture{SIRET: directorytest.Garage, File: b.Bytes(), Alt: "Zénobie Quetzalcoatl sous le pont", By: by}); err != nil {
		t.Fatal(err)
	}
	certificate := profile.NewLabel{SIRET: directorytest.Garage, Slug: "rge", File: []byte("%PDF-1.7 Zénobie Quetzalcoatl"), Until: "2027-06-30", By: by}
	if faults, err := h.Profiles.SayLabel(ctx, certificate); err != nil {
		t.Fatalf("%v, %v", faults, err)
	}
	if _, err := h.Accounts.SayActivity(ctx, by, account.Activity{Person: by.Who, Name: "Chez Zénobie Quetzalcoatl", Commune: "62473"}); err != nil {
		t.Fatal(err)
	}
}

// meets has somebody ask for an introduction, be answered, write, and set a
// partner aside.
func meets(t *testing.T, h *house, by account.Actor, id string) {
	t.Helper()
	ctx := t.Context()
	who, err := h.Accounts.Person(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	m, err := h.Introductions.Ask(ctx, exchange.Request{
		Seeker: directorytest.Garage, Wanted: directorytest.Repair, Words: "Zénobie Quetzalcoatl cherche des palettes", Who: who, By: by,
		Card: exchange.Card{Name: "Zénobie Quetzalcoatl", Phone: "03 21 99 88 77", Mail: who.Mail},
	})
	if err != nil {
		t.Fatal(err)
	}
	nadia := account.Actor{Who: "nadia", Channel: account.Phone}
	if err := h.Introductions.Release(ctx, nadia, m.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Introductions.Answer(ctx, m.ID, exchange.IntroductionAnswer{Step: exchange.Accept, By: nadia}); err != nil {
		t.Fatal(err)
	}
	if err := h.Introductions.Say(ctx, m.ID, exchange.Seeker, "Bonjour, je suis Zénobie", by); err != nil {
		t.Fatal(err)
	}
	if err := h.Verdicts.Say(ctx, by, exchange.Verdict{Seeker: directorytest.Garage, Candidate: directorytest.Brochard, Reason: "too_far"}); err != nil {
		t.Fatal(err)
	}
}

// knownBefore brings somebody in a file of a facilitator, and leaves another
// file with them waiting.
func knownBefore(t *testing.T, h *house, mail string) {
	t.Helper()
	ctx := t.Context()
	nadia := &account.Person{ID: "nadia", Duties: []account.Duty{{Role: account.Facilitator, Institution: account.CMA}}}
	by := account.Actor{Who: nadia.ID, Channel: account.Web}
	for n := range 2 {
		id, err := h.Contacts.Upload(ctx, by, "salon.csv", []byte("Nom;Prénom;Courriel;Tél\nQuetzalcoatl;Zénobie;"+mail+";03 21 99 88 77\n"), account.Both, "salon")
		if err != nil {
			t.Fatal(err)
		}
		i, err := h.Contacts.Import(ctx, nadia.ID, id)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if _, err := h.Contacts.Apply(ctx, by, nadia, i); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// scanTables reads every text of every table.
func scanTables(t *testing.T, d *db.DB) {
	t.Helper()
	tables := map[string][]string{}
	schema := `SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p.type = 'TEXT'`
	if d.Engine() == "postgres" {
		schema = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text'`
	}
	ctx := context.Background()
	err := d.Read(ctx, func(tx *db.Tx) error {
		clear(tables)
		for row, err := range tx.Query(ctx, schema) {
			if err != nil {
				return err
			}
			var table, column string
			if err := row.Scan(&table, &column); err != nil {
				return err
			}
			tables[table] = append(tables[table], column)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 8 {
		t.Fatalf("only %d tables were found", len(tables))
	}
	for table, columns := range tables {
		for _, column := range columns {
			err := d.Read(ctx, func(tx *db.Tx) error {
				for row, err := range tx.Query(ctx, `SELECT `+column+` FROM `+table+` WHERE `+column+` IS NOT NULL`) {
					if err != nil {
						return err
					}
					var text string
					if err := row.Scan(&text); err != nil {
						return err
					}
					for _, word := range telling {
						if strings.Contains(strings.ToLower(text), word) {
							t.Errorf("%s.%s holds %q", table, column, text)
						}
					}
				}
				return nil
			})
			if err != nil {
				t.Fatalf("%s.%s: %v", table, column, err)
			}
		}
	}
}

// scanFiles reads every byte of the data folder.
func scanFiles(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, word := range telling {
			if bytes.Contains(bytes.ToLower(b), []byte(word)) {
				t.Errorf("%s holds %q", filepath.Base(path), word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
