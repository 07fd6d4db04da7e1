package lead

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/register"
)

// A staff is facilitators of a house by their first name, and what they were
// told.
type staff struct {
	*desk
	people map[string]*account.Person
	told   []News
	gone   bool // mails reach nobody
}

func openStaff(t *testing.T, d *db.DB) *staff {
	k := &staff{desk: open(d), people: map[string]*account.Person{}}
	accounts := &account.Accounts{DB: d, Clock: k.clock, Send: func(context.Context, *db.Tx, account.Letter) error { return nil }}
	for name, territories := range map[string][]string{"nadia": {"artois"}, "marc": {"artois", "audomarois"}, "loin": {"calaisis"}} {
		if _, err := accounts.Add(t.Context(), nadia, account.NewPerson{Mail: name + "@cma.fr", Duty: account.Duty{Role: account.Facilitator, Institution: account.CMA}, Territories: territories}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := accounts.Staff(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		name, _, _ := strings.Cut(p.Mail, "@")
		k.people[name] = p
	}
	k.Tell = func(_ context.Context, _ *db.Tx, n News) (bool, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		if !slices.ContainsFunc(k.told, func(o News) bool { return o.ID == n.ID && o.Kind == n.Kind && o.SIRET == n.SIRET }) {
			k.told = append(k.told, n)
		}
		return !k.gone, nil
	}
	return k
}

func (k *staff) by(name string) account.Actor {
	return account.Actor{Who: k.people[name].ID, Channel: account.Web}
}

// Leads are handed over together: what lies elsewhere, or ended meanwhile, is
// left and counted, and the new owner is told once.
func TestHandOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openStaff(t, d)
		var ids []string
		for i, place := range []string{"artois", "artois", "calaisis", "artois", "artois"} {
			ids = append(ids, k.add(t, Lead{Title: fmt.Sprint("piste ", i), Territory: place, Owner: k.people["nadia"].ID}).ID)
		}
		closed, err := k.Lead(t.Context(), ids[3])
		if err != nil {
			t.Fatal(err)
		}
		closed.Stage, closed.Reason = Dropped, "price"
		if _, err := k.Change(t.Context(), Change{Lead: *closed, By: k.by("nadia")}); err != nil {
			t.Fatal(err)
		}
		his := k.add(t, Lead{Title: "déjà", Territory: "artois", Owner: k.people["marc"].ID})
		k.clock.Pass(time.Minute)
		asked := append(slices.Clone(ids), his.ID, "none", ids[0])
		h, err := k.HandOver(t.Context(), k.people["nadia"], account.Web, asked, k.people["marc"].ID)
		if want := (Handed{Given: 3, Closed: 2, Had: 1, Elsewhere: 1}); err != nil || h != want {
			t.Errorf("handed over %+v, want %+v, %v", h, want, err)
		}
		if len(k.told) != 1 || k.told[0].Kind != "lead.hand" || len(k.told[0].Leads) != 3 || k.told[0].Person != k.people["marc"].ID {
			t.Errorf("told %+v", k.told)
		}
		for i, want := range []string{"marc", "marc", "nadia", "nadia", "marc"} {
			if l, err := k.Lead(t.Context(), ids[i]); err != nil || l.Owner != k.people[want].ID {
				t.Errorf("lead %d is not of %s: %v", i, want, err)
			}
		}
		history, err := k.History(t.Context(), ids[0])
		if err != nil || len(history) != 2 || !slices.Equal(history[0].Fields, []string{"owner"}) || history[0].Who != k.people["nadia"].ID {
			t.Errorf("history %+v, %v", history, err)
		}
		// Neither to somebody of elsewhere, nor by somebody of elsewhere.
		if h, err := k.HandOver(t.Context(), k.people["nadia"], account.Web, ids[:1], k.people["loin"].ID); err != nil || h != (Handed{Elsewhere: 1}) {
			t.Errorf("to elsewhere: %+v, %v", h, err)
		}
		if h, err := k.HandOver(t.Context(), k.people["loin"], account.Web, ids[:1], k.people["nadia"].ID); err != nil || h != (Handed{Elsewhere: 1}) {
			t.Errorf("by elsewhere: %+v, %v", h, err)
		}
	})
}

// A lead that is dropped while it is handed over is either given before or
// left: never both taken up and lost, and all of them are counted.
func TestHandOverWhileOthersClose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openStaff(t, d)
		var ids []string
		for i := range 12 {
			ids = append(ids, k.add(t, Lead{Title: fmt.Sprint("piste ", i), Territory: "artois", Owner: k.people["nadia"].ID}).ID)
		}
		var wg sync.WaitGroup
		for _, id := range ids[:6] {
			wg.Go(func() {
				l, err := k.Lead(t.Context(), id)
				if err != nil {
					t.Error(err)
					return
				}
				l.Stage, l.Reason = Dropped, "far"
				if _, err := k.Change(t.Context(), Change{Lead: *l, By: k.by("nadia")}); err != nil {
					t.Error(err)
				}
			})
		}
		h, err := k.HandOver(t.Context(), k.people["nadia"], account.Web, ids, k.people["marc"].ID)
		wg.Wait()
		if err != nil || h.Given+h.Closed != 12 || h.Given < 6 {
			t.Errorf("%+v, %v", h, err)
		}
		for i, id := range ids {
			l, err := k.Lead(t.Context(), id)
			if err != nil || i < 6 && l.Stage != Dropped || i >= 6 && (l.Stage != Noted || l.Owner != k.people["marc"].ID) {
				t.Errorf("lead %d: %+v, %v", i, l, err)
			}
		}
	})
}

func TestCalled(t *testing.T) {
	list := []Callee{{"n", "Nadia Caron"}, {"m", "Marc Leroy"}, {"r", "Marc Roussel"}, {"49483773500013", "Menuiserie Brochard"}, {"l", "L’Éclair d’Artois"}}
	for text, want := range map[string][]string{
		"":                                    nil,
		"Nadia, à toi":                        nil,
		"@Nadia peux-tu rappeler ?":           {"n"},
		"vu avec @nadia caron, @NADIA et moi": {"n"},
		"@Marc, lequel ?":                     nil,
		"@marc roussel lui":                   {"r"},
		"pour @Brochard":                      nil, // its name begins otherwise
		"(@menuiserie brochard)":              {"49483773500013"},
		"@l'eclair d'artois et @Marc Leroy":   {"l", "m"},
		"écrire à claire@nadia.fr":            nil,
		"@ @@ @personne":                      nil,
	} {
		if got := Called(text, list); !slices.Equal(got, want) {
			t.Errorf("%q calls %v, want %v", text, got, want)
		}
	}
}

// Who is called by a comment is told once; only its writer changes it, what it
// said is kept, and what is taken back is gone.
func TestComments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openStaff(t, d)
		l := k.add(t, Lead{Title: "Bois", Territory: "artois", Owner: k.people["nadia"].ID, Parties: []register.SIRET{lys}})
		if _, err := k.Say(t.Context(), Said{Lead: l.ID, Words: " \n ", By: k.by("nadia")}); !errors.Is(err, ErrEmpty) {
			t.Errorf("nothing said: %v", err)
		}
		c, err := k.Say(t.Context(), Said{Lead: l.ID, Words: "Qui rappelle ?\n\n\n  Demain  ", By: k.by("nadia"), Call: []string{k.people["marc"].ID, k.people["loin"].ID, k.people["nadia"].ID, lys.String(), brochard.String(), "x"}})
		if err != nil || c.Words != "Qui rappelle ?\n\nDemain" || !slices.Equal(c.Called, []string{k.people["marc"].ID, lys.String()}) {
			t.Fatalf("said %+v, %v", c, err)
		}
		if len(k.told) != 2 || k.told[0].Person != k.people["marc"].ID || k.told[1].SIRET != lys || k.told[1].Token == "" {
			t.Errorf("told %+v", k.told)
		}
		k.clock.Pass(time.Hour)
		if err := k.Reword(t.Context(), k.by("marc"), l.ID, c.ID, "Moi"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("changed by another: %v", err)
		}
		if err := k.Reword(t.Context(), k.by("nadia"), "another", c.ID, "Moi"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("changed by way of another lead: %v", err)
		}
		if err := k.Reword(t.Context(), k.by("nadia"), l.ID, c.ID, "Je rappelle"); err != nil {
			t.Fatal(err)
		}
		list, err := k.Comments(t.Context(), l.ID)
		if err != nil || len(list) != 1 || list[0].Words != "Je rappelle" || list[0].ChangedAt.IsZero() || len(list[0].Before) != 1 || list[0].Before[0].Words != c.Words {
			t.Errorf("changed: %+v, %v", list, err)
		}
		if err := k.Reword(t.Context(), k.by("nadia"), l.ID, c.ID, ""); err != nil {
			t.Fatal(err)
		}
		list, err = k.Comments(t.Context(), l.ID)
		if err != nil || list[0].Words != "" || list[0].RemovedAt.IsZero() || len(list[0].Before) != 0 {
			t.Errorf("taken back: %+v, %v", list[0], err)
		}
		if err := k.Reword(t.Context(), k.by("nadia"), l.ID, c.ID, "Encore"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("changed after it was taken back: %v", err)
		}
		if len(k.told) != 2 {
			t.Errorf("told again: %+v", k.told[2:])
		}
	})
}

// Somebody is asked once a week, whoever asks; nothing is noted where nobody is
// reached; what waits is taken back when the lead ends.
func TestAsk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openStaff(t, d)
		l := k.add(t, Lead{Title: "Bois", Territory: "artois", Owner: k.people["nadia"].ID, Parties: []register.SIRET{lys, brochard}})
		if err := k.Ask(t.Context(), k.by("nadia"), l.ID, false); !errors.Is(err, ErrUnreached) {
			t.Errorf("asked oneself: %v", err)
		}
		k.gone = true
		if err := k.Ask(t.Context(), k.by("marc"), l.ID, true); !errors.Is(err, ErrUnreached) {
			t.Errorf("nobody reached: %v", err)
		}
		k.gone, k.told = false, nil
		k.clock.Pass(time.Minute)
		together(8, func(int) string {
			if err := k.Ask(t.Context(), k.by("marc"), l.ID, true); err != nil && !errors.Is(err, ErrRecent) {
				t.Error(err)
			}
			return ""
		})
		if len(k.told) != 2 || k.told[0].SIRET != lys || k.told[1].SIRET != brochard {
			t.Fatalf("told %+v", k.told)
		}
		k.clock.Pass(askAgain - time.Minute)
		if err := k.Ask(t.Context(), k.by("marc"), l.ID, false); !errors.Is(err, ErrRecent) {
			t.Errorf("within the week: %v", err)
		}
		history, err := k.History(t.Context(), l.ID)
		if err != nil || len(history) != 2 || !slices.Equal(history[0].Fields, []string{"asked_parties"}) {
			t.Errorf("history %+v, %v", history, err)
		}
		got, of, err := k.ByStanding(t.Context(), l.ID, k.told[0].Token)
		if err != nil || of != lys || got.ID != l.ID {
			t.Errorf("by the link: %v, %v", of, err)
		}
		for _, token := range []string{"", "x", k.told[1].Token + "x", brochard.String() + k.told[0].Token[14:], k.token(l.ID, lys)} {
			if _, _, err := k.ByStanding(t.Context(), l.ID, token); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("a link made up, %q: %v", token, err)
			}
		}
		if err := k.Stand(t.Context(), l.ID, lys, "perhaps", ""); !errors.Is(err, ErrEmpty) {
			t.Errorf("no answer: %v", err)
		}
		for _, standing := range []string{"none", "talking"} { // the later word counts
			if err := k.Stand(t.Context(), l.ID, lys, standing, "On se voit lundi"); err != nil {
				t.Fatal(err)
			}
		}
		list, err := k.Comments(t.Context(), l.ID)
		if err != nil || len(list) != 1 || list[0].Standing != "talking" || list[0].SIRET != lys {
			t.Errorf("answered %+v, %v", list, err)
		}
		if n := k.told[len(k.told)-1]; n.Kind != "lead.answer" || n.Person != k.people["nadia"].ID {
			t.Errorf("the owner is not told: %+v", n)
		}
		was := got.askID()
		got.Stage, got.Reason = Dropped, "silence"
		if _, err := k.Change(t.Context(), Change{Lead: *got, By: k.by("nadia")}); err != nil {
			t.Fatal(err)
		}
		if n := k.told[len(k.told)-1]; n.Kind != "lead.over" || n.ID != was {
			t.Errorf("what waits is not taken back: %+v", n)
		}
		k.clock.Pass(time.Hour)
		if err := k.Ask(t.Context(), k.by("marc"), l.ID, false); !errors.Is(err, ErrClosed) {
			t.Errorf("of a lead that ended: %v", err)
		}
	})
}

// anODT is the least that is one.
func anODT(t *testing.T, method uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range []struct {
		name, text string
		method     uint16
	}{{"mimetype", typeODT, method}, {"content.xml", "<office:document-content/>", zip.Deflate}} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: f.method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDocuments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openStaff(t, d)
		l, other := k.add(t, Lead{Title: "Bois"}), k.add(t, Lead{Title: "Fer"})
		for _, c := range []struct {
			sent string
			b    []byte
			want string
			err  error
		}{
			{"devis.pdf", []byte("%PDF-1.7 …"), "devis.pdf", nil},
			{`C:\Temp\..\lettre "a".odt`, anODT(t, zip.Store), "lettre -a.odt", nil},
			{"lettre.odt", anODT(t, zip.Deflate), "", ErrFileKind},
			{"page.html", []byte("<script>alert(1)</script>"), "", ErrFileKind},
			{"page.pdf", []byte("<html>%PDF-"), "", ErrFileKind},
			{"", nil, "", ErrFileKind},
			{"long.pdf", append([]byte("%PDF-"), make([]byte, MostFile)...), "", ErrFileLong},
		} {
			k.clock.Pass(time.Second)
			got, err := k.AddDocument(t.Context(), nadia, l.ID, c.sent, c.b)
			if !errors.Is(err, c.err) || c.err == nil && (err != nil || got.File() != c.want) {
				t.Errorf("%s: %+v, %v", c.sent, got, err)
			}
		}
		list, err := k.Documents(t.Context(), l.ID)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d documents, %v", len(list), err)
		}
		if _, b, err := k.Document(t.Context(), l.ID, list[1].ID); err != nil || string(b) != "%PDF-1.7 …" {
			t.Errorf("%q, %v", b, err)
		}
		if _, _, err := k.Document(t.Context(), other.ID, list[1].ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("by way of another lead: %v", err)
		}
		if err := k.RemoveDocument(t.Context(), nadia, other.ID, list[1].ID); err != nil {
			t.Error(err)
		}
		if err := k.RemoveDocument(t.Context(), nadia, l.ID, list[0].ID); err != nil {
			t.Error(err)
		}
		if list, err := k.Documents(t.Context(), l.ID); err != nil || len(list) != 1 {
			t.Errorf("%d documents are left, %v", len(list), err)
		}
		for range MostFiles - 1 {
			if _, err := k.AddDocument(t.Context(), nadia, l.ID, "a.pdf", []byte("%PDF-")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := k.AddDocument(t.Context(), nadia, l.ID, "a.pdf", []byte("%PDF-")); !errors.Is(err, ErrFileMany) {
			t.Errorf("one too many: %v", err)
		}
		l.Stage, l.Reason = Dropped, "far"
		if _, err := k.Change(t.Context(), Change{Lead: *l, By: nadia}); err != nil {
			t.Fatal(err)
		}
		if _, err := k.AddDocument(t.Context(), nadia, other.ID, "b.pdf", []byte("%PDF-")); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			pass         time.Duration
			ended, lives int
		}{{filesKept - time.Hour, MostFiles, 1}, {2 * time.Hour, 0, 1}} {
			k.clock.Pass(c.pass)
			if err := k.ForgetOld(t.Context()); err != nil {
				t.Fatal(err)
			}
			for id, want := range map[string]int{l.ID: c.ended, other.ID: c.lives} {
				if list, err := k.Documents(t.Context(), id); err != nil || len(list) != want {
					t.Errorf("%d documents are kept, want %d, %v", len(list), want, err)
				}
			}
		}
	})
}
