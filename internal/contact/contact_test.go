package contact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A bureau is a house with facilitators.
type bureau struct {
	*Contacts
	now               *clock.Held
	nadia, marc, loin *account.Person
	told              []string
}

func openBureau(t *testing.T, d *db.DB) *bureau {
	t.Helper()
	dir := t.TempDir()
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	x, err := directory.Open(context.Background(), directory.Config{Dir: dir, Places: places, Trades: trades, DB: d, Clock: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	duty := func(i account.Institution) []account.Duty {
		return []account.Duty{{Role: account.Facilitator, Institution: i}}
	}
	b := &bureau{
		now:   now,
		nadia: &account.Person{ID: "nadia", Duties: duty(account.CMA), Territories: []string{"artois"}}, marc: &account.Person{ID: "marc", Duties: duty(account.Departement), Territories: []string{"artois"}},
		loin: &account.Person{ID: "loin", Duties: duty(account.CMA), Territories: []string{"calaisis"}},
	}
	b.Contacts = &Contacts{DB: d, Clock: now, Directory: x, Places: places, Secret: []byte("secret"), Warn: func(_ context.Context, _ *db.Tx, c *Contact) error {
		b.told = append(b.told, c.Mail)
		return nil
	}}
	return b
}

// bring imports a file as somebody does, and returns what became of its rows.
func (b *bureau) bring(t *testing.T, who *account.Person, scope account.Scope, text string) *Plan {
	t.Helper()
	by := account.Actor{Who: who.ID, Channel: account.Web}
	id, err := b.Upload(t.Context(), by, "contacts.csv", []byte(text), scope, "salon de Béthune")
	if err != nil {
		t.Fatal(err)
	}
	i, err := b.Import(t.Context(), who.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := b.Preview(t.Context(), who, i)
	if err != nil {
		t.Fatal(err)
	}
	done, err := b.Apply(t.Context(), by, who, i)
	if err != nil {
		t.Fatal(err)
	}
	for n := range seen.Lines {
		if seen.Lines[n].State != done.Lines[n].State {
			t.Errorf("row %d was to be %s and is %s", n, seen.Lines[n].State, done.Lines[n].State)
		}
	}
	if _, err := b.Apply(t.Context(), by, who, i); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("applied twice: %v", err)
	}
	return done
}

func (b *bureau) all(t *testing.T, who *account.Person, words string) []*Contact {
	t.Helper()
	list, err := b.Contacts.Contacts(t.Context(), who, words)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func states(p *Plan) string {
	var all []string
	for _, l := range p.Lines {
		all = append(all, string(l.State))
	}
	return strings.Join(all, " ")
}

const salon = `Contacts du salon;;;;;;;
SIRET;Entreprise;Commune;Nom;Prénom;Courriel;Tél;Accord
38269518700049;Boulangerie Delattre;Isbergues;DELATTRE;JEAN;jean@delattre.example;03 21 00 00 01;oui
;Menuiserie BROCHARD SARL;Aire sur la Lys;Brochard;Luc;;06 12 34 56 78;
;L'atelier du reemploi;Béthune;Petit;Anne;anne@reemploi.example;;non
;Charpentiers Lys;Isbergues;Roy;Paul;paul@cdl.example;;
99999999800001;Pas encore là;Isbergues;Neuf;Ève;eve@neuf.example;;
;;;Sans;Joindre;;;
38269518700049;;;Lambert;Odile;;;
;Boulangerie Delattre;Isbergues;Delattre;Jean;JEAN@delattre.example;03 21 00 00 02;
`

func TestImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		p := b.bring(t, b.nadia, account.Both, salon)
		if got := states(p); got != "new new new new new unreached new again" {
			t.Errorf("states: %s", got)
		}
		for n, want := range []Match{
			{SIRET: directorytest.Boulangerie, Sure: true}, {SIRET: directorytest.Brochard, Sure: true}, {SIRET: directorytest.Repair, Sure: true}, {SIRET: directorytest.Charpentiers}, {SIRET: 99999999800001, Sure: true},
		} {
			if got := p.Lines[n].Match; got.SIRET != want.SIRET || got.Sure != want.Sure || got.Known != (n != 4) {
				t.Errorf("row %d: %+v, want %+v", n, got, want)
			}
		}
		list := b.all(t, b.nadia, "")
		if len(list) != 6 {
			t.Fatalf("%d contacts", len(list))
		}
		jean := b.all(t, b.nadia, "delattre jean")[0]
		if jean.Mail != "jean@delattre.example" || jean.Phone != "+33321000001 / +33321000002" || jean.Consent != Given || jean.SIRET != directorytest.Boulangerie || jean.Territory != "artois" || jean.Name() != "Jean Delattre" || jean.Origins[0].Source != "salon de Béthune" {
			t.Errorf("jean: %+v", jean)
		}
		if paul := b.all(t, b.nadia, "paul")[0]; paul.SIRET != 0 {
			t.Errorf("tied to a firm by a guess: %+v", paul)
		}
		if anne := b.all(t, b.nadia, "anne")[0]; anne.MayWrite() {
			t.Error("who said no may be written to")
		}
		if got := b.all(t, b.loin, ""); len(got) != 0 {
			t.Errorf("a facilitator of elsewhere sees %d", len(got))
		}
		if got := states(b.bring(t, b.nadia, account.Both, salon)); got != "same same same same same unreached same same" {
			t.Errorf("the same file again: %s", got)
		}
		if _, err := b.Import(t.Context(), "marc", "x"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("somebody else's file: %v", err)
		}
	})
}

// A contact is common; where it comes from is shown as its writer said. A
// refusal is not undone by another file.
func TestOrigins(t *testing.T) {
	b := openBureau(t, dbtest.SQLite(t))
	b.bring(t, b.nadia, account.OneHouse, "Nom;Courriel;Remarque;Accord\nPetit;anne@x.example;Vient le mardi;non\n")
	p := b.bring(t, b.marc, account.Both, "Nom;Prénom;Courriel;Accord\nPetit;Anne;ANNE@x.example;oui\n")
	if states(p) != "changed" || !slices.Equal(p.Lines[0].Fields, []string{"given_name", "origin"}) {
		t.Errorf("marc's file: %s %v", states(p), p.Lines[0].Fields)
	}
	if own, err := b.Of(t.Context(), "Anne@x.example"); err != nil || len(own) != 1 || len(own[0].Origins) != 2 {
		t.Errorf("as she sees it herself: %+v, %v", own, err)
	}
	for who, want := range map[*account.Person]int{b.nadia: 2, b.marc: 1} {
		c := b.all(t, who, "anne")[0]
		if len(c.Origins) != want || c.Consent != Refused {
			t.Errorf("%s sees %+v", who.ID, c)
		}
	}
}

func TestObjection(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		b.bring(t, b.nadia, account.Both, salon)
		jean, luc, odile := b.all(t, b.nadia, "jean")[0], b.all(t, b.nadia, "luc")[0], b.all(t, b.nadia, "odile")[0]
		by := account.Actor{Who: "contact", Channel: account.Link}
		found, err := b.ByToken(t.Context(), jean.Token)
		if err != nil || found.ID != jean.ID {
			t.Fatalf("by its link: %+v, %v", found, err)
		}
		for _, c := range []*Contact{jean, luc, odile, jean} {
			if err := b.Objects(t.Context(), by, c); err != nil {
				t.Fatal(err)
			}
		}
		if got := states(b.bring(t, b.nadia, account.Both, salon)); got != "objected objected same same same unreached objected objected" {
			t.Errorf("after objections: %s", got)
		}
		if _, err := b.Save(t.Context(), by, b.nadia, Contact{Mail: "Jean@delattre.example"}, Origin{}); !errors.Is(err, ErrObjected) {
			t.Errorf("typed again: %v", err)
		}
		if _, err := b.ByToken(t.Context(), jean.Token); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the link of who is gone: %v", err)
		}
	})
}

// Two who apply two files at once make no one twice.
// A database that was put back forgets again who had objected, page by page,
// with what waits for them; asked again it does nothing.
func TestObjectAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		var file strings.Builder
		file.WriteString("Nom;Courriel\n")
		for n := range 1200 {
			fmt.Fprintf(&file, "Martin %d;martin%d@lys.fr\n", n, n)
		}
		b.bring(t, b.nadia, account.Both, file.String())
		var gone, waiting int
		b.Gone = func(context.Context, *db.Tx, *Contact) error { gone++; return nil }
		b.Objected = func(context.Context, *db.Tx, *Contact) error { waiting++; return nil }
		var list [][]Objection
		for n := 0; n < 1200; n += 2 { // every second one, in parts of one
			list = append(list, []Objection{{Digest: b.digest(fmt.Sprintf("martin%d@lys.fr", n)), At: b.now.Now()}})
		}
		stranger := []Objection{{Digest: b.digest("hugo@lys.fr"), At: b.now.Now()}}
		list = append(list, stranger, stranger)
		parts := func(yield func([]Objection, error) bool) {
			for _, some := range list {
				if !yield(some, nil) {
					return
				}
			}
		}
		by := account.Actor{Who: "restore", Channel: account.System}
		for turn, want := range []int{600, 0} {
			gone, waiting = 0, 0
			n, err := b.ObjectAgain(t.Context(), by, parts)
			if err != nil || n != want || gone != want || waiting != want {
				t.Errorf("turn %d: %d forgotten, told %d and %d, want %d, %v", turn, n, gone, waiting, want, err)
			}
		}
		left := b.all(t, b.nadia, "")
		if len(left) != 600 || slices.ContainsFunc(left, func(c *Contact) bool { return c.Mail == "martin0@lys.fr" }) {
			t.Errorf("%d contacts are left", len(left))
		}
		var kept []Objection
		for some, err := range b.Objections(t.Context(), 250) {
			if err != nil || len(some) > 250 {
				t.Errorf("%d objections at a time, %v", len(some), err)
			}
			kept = append(kept, some...)
		}
		if len(kept) != 601 || !slices.IsSortedFunc(kept, func(x, y Objection) int { return strings.Compare(x.Digest, y.Digest) }) {
			t.Errorf("%d objections are kept", len(kept))
		}
		broken := errors.New("the disk")
		if _, err := b.ObjectAgain(t.Context(), by, func(yield func([]Objection, error) bool) {
			if yield([]Objection{{Digest: b.digest("martin1@lys.fr"), At: b.now.Now()}}, nil) {
				yield(nil, broken)
			}
		}); !errors.Is(err, broken) || len(b.all(t, b.nadia, "")) != 600 {
			t.Errorf("a list that breaks off: %v", err)
		}
	})
}

func TestImportAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		var wait sync.WaitGroup
		for n := range 8 {
			who := []*account.Person{b.nadia, b.marc}[n%2]
			by := account.Actor{Who: who.ID, Channel: account.Web}
			id, err := b.Upload(t.Context(), by, "x.csv", []byte(salon), account.Both, "")
			if err != nil {
				t.Fatal(err)
			}
			i, err := b.Import(t.Context(), who.ID, id)
			if err != nil {
				t.Fatal(err)
			}
			wait.Go(func() {
				if _, err := b.Apply(t.Context(), by, who, i); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if got := b.all(t, b.nadia, ""); len(got) != 6 {
			t.Errorf("%d contacts", len(got))
		}
		if jean := b.all(t, b.nadia, "jean"); len(jean) != 1 || len(jean[0].Origins) != 2 {
			t.Errorf("jean: %+v", jean)
		}
	})
}

func TestSaveAndRetain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		by := account.Actor{Who: "nadia", Channel: account.Web}
		c := Contact{FamilyName: "Petit", Firm: "Boulangerie Delattre", Commune: "Isbergues", Phone: "+33612345678"}
		if m := b.Place(&c, b.nadia); m.SIRET != directorytest.Boulangerie || c.Territory != "artois" {
			t.Errorf("place: %+v, %+v", m, c)
		}
		id, err := b.Save(t.Context(), by, b.nadia, c, Origin{Source: "un coup de fil"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Save(t.Context(), by, b.nadia, Contact{FamilyName: "Petit"}, Origin{}); !errors.Is(err, ErrNobody) {
			t.Errorf("nothing to reach them by: %v", err)
		}
		c.ID, c.Mail = id, "anne@x.example"
		if again, err := b.Save(t.Context(), by, b.nadia, c, Origin{Source: "elle-même", Scope: account.OnlyMine}); err != nil || again != id {
			t.Errorf("changed: %s, %v", again, err)
		}
		if got, err := b.Contact(t.Context(), b.marc, id); err != nil || got.Mail != "anne@x.example" || len(got.Origins) != 0 {
			t.Errorf("as marc sees her: %+v, %v", got, err)
		}
		if _, err := b.Contact(t.Context(), b.loin, id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("elsewhere: %v", err)
		}
		for _, c := range []struct {
			months, left int
			told         string
		}{{22, 1, ""}, {1, 1, "anne@x.example"}, {0, 1, "anne@x.example"}, {1, 1, "anne@x.example"}, {1, 0, "anne@x.example"}} {
			b.now.Pass(time.Duration(c.months) * 31 * 24 * time.Hour)
			if c.left == 1 && c.months == 1 && len(b.told) > 0 { // told less than a month ago
				b.now.Pass(-10 * 24 * time.Hour)
			}
			if err := b.Retain(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := len(b.all(t, b.nadia, "")); got != c.left || strings.Join(b.told, " ") != c.told {
				t.Errorf("at %s: %d left, told %v", b.now.Now().Format(time.DateOnly), got, b.told)
			}
		}
	})
}

// Erasing somebody forgets what facilitators knew of them.
func TestForget(t *testing.T) {
	b := openBureau(t, dbtest.SQLite(t))
	b.bring(t, b.nadia, account.Both, salon)
	by := account.Actor{Who: "nadia", Channel: account.Web}
	if _, err := b.Upload(t.Context(), by, "x.csv", []byte(salon), account.Both, ""); err != nil {
		t.Fatal(err)
	}
	err := b.DB.Write(t.Context(), func(tx *db.Tx) error {
		return b.Forget(t.Context(), tx, &account.Person{ID: "jean", Mail: "Jean@Delattre.example"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.all(t, b.nadia, "jean"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if got := states(b.bring(t, b.nadia, account.Both, salon)); !strings.HasPrefix(got, "objected same") {
		t.Errorf("the file again: %s", got)
	}
}

// A masked person is found by their SIRET, and never by a name.
func TestMatchMasked(t *testing.T) {
	b := openBureau(t, dbtest.SQLite(t))
	if m := b.match(&Row{SIRET: directorytest.Masked}); !m.Masked || m.Name != "" || m.Commune != "" {
		t.Errorf("by SIRET: %+v", m)
	}
	for _, firm := range []string{"plombier", "Berguette", "Masked"} {
		if m := b.match(&Row{Firm: firm, Commune: "Isbergues"}); m.SIRET == directorytest.Masked || m.SIRET == directorytest.MaskedESS {
			t.Errorf("by %q: %+v", firm, m)
		}
	}
	if m := b.match(&Row{SIREN: register.SIRET(directorytest.Brochard).SIREN()}); m.SIRET != directorytest.Brochard || !m.Sure {
		t.Errorf("by SIREN: %+v", m)
	}
}
