package lead

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/register"
)

const (
	brochard = register.SIRET(49483773500013)
	lys      = register.SIRET(33222211600011)
	reemploi = register.SIRET(44330055300023)
)

var nadia = account.Actor{Who: "nadia", Channel: account.Phone}

// desk is the leads of a house, and the letters that went.
type desk struct {
	*Leads
	clock   *clock.Held
	mu      sync.Mutex
	letters []Letter
}

func open(d *db.DB) *desk {
	k := &desk{clock: clock.Hold(time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC))}
	k.Leads = &Leads{DB: d, Clock: k.clock, Secret: []byte("0123456789abcdef"), Send: func(_ context.Context, _ *db.Tx, l Letter) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.letters = append(k.letters, l)
		return nil
	}}
	return k
}

func (k *desk) add(t *testing.T, l Lead) *Lead {
	t.Helper()
	added, err := k.Add(t.Context(), nadia, l)
	if err != nil {
		t.Fatal(err)
	}
	return added
}

func TestMove(t *testing.T) {
	for _, c := range []struct {
		from, to Stage
		reason   Reason
		want     error
	}{
		{Noted, Contacted, "", nil},
		{Noted, Agreed, "", nil},
		{Agreed, Contacted, "", nil}, // a mistake is mended
		{Agreed, Done, "", nil},
		{Noted, Done, "", ErrStage},
		{Discussion, Done, "", ErrStage},
		{Done, Agreed, "", ErrStage},
		{Done, Dropped, "price", ErrStage},
		{Done, Done, "", nil},
		{Noted, Dropped, "", ErrReason},
		{Noted, Dropped, "because", ErrReason},
		{Agreed, Dropped, "price", nil},
		{Dropped, Noted, "", nil},
		{Dropped, Agreed, "", ErrStage},
		{Noted, "elsewhere", "", ErrStage},
		{Noted, "", "", ErrStage},
	} {
		if got := Move(c.from, c.to, c.reason); !errors.Is(got, c.want) || c.want == nil && got != nil {
			t.Errorf("from %s to %s because %q: %v, want %v", c.from, c.to, c.reason, got, c.want)
		}
	}
}

func TestLead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		l := k.add(t, Lead{Title: "  Des palettes\nà reprendre ", Words: "Tous les mois", Next: "Rappeler", Due: "2026-12-01", Owner: "nadia", Territory: "artois", Parties: []register.SIRET{brochard, lys, brochard}, Origins: []Origin{{FromPhone, ""}}})
		if l.Title != "Des palettes à reprendre" || l.Stage != Noted || !slices.Equal(l.Parties, []register.SIRET{lys, brochard}) {
			t.Errorf("added %+v", l)
		}
		k.clock.Pass(time.Hour)
		c := *l
		c.Stage, c.Next, c.Due = Contacted, "Visiter l'atelier", "2026-11-20"
		if _, err := k.Change(t.Context(), Change{Lead: c, Note: "Très intéressés", By: nadia}); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Change(t.Context(), Change{Lead: c, By: nadia}); err != nil { // nothing: no line in the history
			t.Fatal(err)
		}
		got, err := k.Lead(t.Context(), l.ID)
		if err != nil || got.Stage != Contacted || got.Next != "Visiter l'atelier" || !got.Overdue("2026-11-26") || got.Overdue("2026-11-20") || len(got.Origins) != 1 {
			t.Errorf("changed: %+v, %v", got, err)
		}
		c.Stage, c.Reason = Done, ""
		if _, err := k.Change(t.Context(), Change{Lead: c, By: nadia}); !errors.Is(err, ErrStage) {
			t.Errorf("done before it was agreed: %v", err)
		}
		history, err := k.History(t.Context(), l.ID)
		want := []Changed{
			{At: k.clock.Now(), Who: "nadia", Channel: account.Phone, Before: Noted, After: Contacted, Fields: []string{"next", "due"}, Note: "Très intéressés"},
			{At: k.clock.Now().Add(-time.Hour), Who: "nadia", Channel: account.Phone, After: Noted, Fields: []string{}},
		}
		if diff := cmp.Diff(want, history); diff != "" || err != nil {
			t.Errorf("history: %v (-want +got):\n%s", err, diff)
		}
		for _, wrong := range []struct {
			lead Lead
			want error
		}{{Lead{Title: " \n"}, ErrTitle}, {Lead{Title: "x", Due: "2026-13-01"}, ErrDay}} {
			if _, err := k.Add(t.Context(), nadia, wrong.lead); !errors.Is(err, wrong.want) {
				t.Errorf("%+v: %v", wrong.lead, err)
			}
		}
		if _, err := k.Lead(t.Context(), "none"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("no lead: %v", err)
		}
	})
}

// Lists come page by page, the most overdue first, and no page shows a lead of
// another.
func TestHardCase45LeadsByPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		for i := range 23 {
			l := Lead{Title: fmt.Sprint("piste ", i), Territory: []string{"artois", "audomarois", ""}[i%3], Owner: []string{"nadia", "marc"}[i%2], Axis: []string{"jobs", "nothing", "services"}[i%3], Parties: []register.SIRET{lys}}
			if i%4 > 0 {
				l.Due = clock.Day(fmt.Sprintf("2026-11-%02d", 30-i))
			}
			added := k.add(t, l)
			if i == 5 {
				added.Stage, added.Reason = Dropped, "far"
				if _, err := k.Change(t.Context(), Change{Lead: *added, By: nadia}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []struct {
			filter Filter
			n      int
		}{
			{Filter{}, 22},
			{Filter{Stage: Dropped}, 1},
			{Filter{Territories: []string{"artois"}}, 8},
			{Filter{Territories: []string{"artois"}, Mine: "nadia"}, 8 + 8},
			{Filter{Party: lys}, 22},
			{Filter{Party: brochard}, 0},
			{Filter{All: true}, 23},
			{Filter{Owner: "marc"}, 10},
			{Filter{Owner: Nobody}, 0},
			{Filter{Axis: "services"}, 6}, // one of them was dropped
			{Filter{Axis: "nothing"}, 0},
			{Filter{Overdue: "2026-11-26", All: true}, 13},
			{Filter{Overdue: "2026-11-26", Owner: "marc", Territories: []string{"artois"}}, 3},
			{Filter{Origin: Origin{Kind: FromMeeting}}, 0},
		} {
			whole, _, err := k.Leads.Leads(t.Context(), c.filter)
			if err != nil || len(whole) != c.n {
				t.Errorf("%+v: %d leads, want %d, %v", c.filter, len(whole), c.n, err)
			}
			var paged []*Lead
			f := c.filter
			for f.Limit = 5; ; {
				some, next, err := k.Leads.Leads(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				paged = append(paged, some...)
				if next == "" {
					break
				}
				f.After = next
			}
			if diff := cmp.Diff(whole, paged); diff != "" {
				t.Errorf("%+v by pages (-want +got):\n%s", c.filter, diff)
			}
			if !slices.IsSortedFunc(whole, func(a, b *Lead) int { return strings.Compare(cursorOf(a), cursorOf(b)) }) {
				t.Errorf("%+v: not in order", c.filter)
			}
		}
		n, err := k.Counts(t.Context(), Filter{})
		if err != nil || n[Noted] != 22 || n[Dropped] != 1 {
			t.Errorf("counts %v, %v", n, err)
		}
	})
}

// One introduction leads to one lead, however many press at once.
func TestLeadOnceByOrigin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		ids := together(20, func(int) string {
			l, err := k.Add(t.Context(), nadia, Lead{Title: "Bois", Parties: []register.SIRET{lys, brochard}, Origins: []Origin{{FromIntroduction, "m1"}, {FromNeed, "n1"}}})
			if err != nil {
				t.Error(err)
				return ""
			}
			return l.ID
		})
		if slices.Sort(ids); len(slices.Compact(ids)) != 1 {
			t.Errorf("leads %v, want one", ids)
		}
		// The need alone stands behind other leads too.
		other := k.add(t, Lead{Title: "Bois", Parties: []register.SIRET{lys, brochard}, Origins: []Origin{{FromNeed, "n1"}}})
		third := k.add(t, Lead{Title: "Bois", Parties: []register.SIRET{lys, reemploi}, Origins: []Origin{{FromIntroduction, "m1"}}})
		if other.ID == ids[0] || third.ID == ids[0] {
			t.Error("a lead from elsewhere, or of others, is taken for it")
		}
		from, _, err := k.Leads.Leads(t.Context(), Filter{Origin: Origin{FromNeed, "n1"}})
		if err != nil || len(from) != 2 {
			t.Errorf("the need stands behind %d leads, want 2; %v", len(from), err)
		}
	})
}

// together calls f n times at once and returns what it gave.
func together[T any](n int, f func(i int) T) []T {
	out := make([]T, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { out[i] = f(i) })
	}
	all.Wait()
	return out
}

func told(lead string, by register.SIRET, parties ...register.SIRET) Cooperation {
	c := Cooperation{Kind: "materials", Started: "2026-11-20", Amount: Bands()[1], Hours: 12, Materials: 400, Lead: lead, DeclaredFor: by}
	for _, s := range parties {
		c.Parties = append(c.Parties, Party{SIRET: s})
	}
	return c
}

func TestCooperation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		l := k.add(t, Lead{Title: "Bois", Territory: "artois", Parties: []register.SIRET{lys, reemploi}, Origins: []Origin{{FromIntroduction, "m1"}, {FromNeed, "n1"}}})
		amina := account.Actor{Who: "amina", Channel: account.Web}
		c, known, err := k.Declare(t.Context(), Declared{Cooperation: told(l.ID, lys, reemploi, lys), By: amina})
		if err != nil || known || c.State() != Asked || c.Territory != "artois" || len(k.letters) != 1 || k.letters[0].SIRET != reemploi {
			t.Fatalf("declared: %+v, %v, %v; letters %v", c, known, err, k.letters)
		}
		if l, err = k.Lead(t.Context(), l.ID); err != nil || l.Stage != Done || !slices.Contains(l.LedTo, Origin{ToCooperation, c.ID}) {
			t.Errorf("the lead: %+v, %v", l, err)
		}
		token := k.letters[0].Token
		for _, wrong := range []string{"", token + "x", lys.String() + token[14:], k.token("other", reemploi)} {
			if _, _, err := k.ByToken(t.Context(), c.ID, wrong); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("the token %q: %v", wrong, err)
			}
		}
		_, s, err := k.ByToken(t.Context(), c.ID, token)
		if err != nil || s != reemploi {
			t.Fatalf("the token: %v, %v", s, err)
		}
		link := account.Actor{Channel: account.Link}
		for range 2 {
			if err := k.Answer(t.Context(), link, c.ID, reemploi, Confirmed); err != nil {
				t.Error(err)
			}
		}
		if err := k.Answer(t.Context(), link, c.ID, reemploi, Denied); !errors.Is(err, ErrAnswer) {
			t.Errorf("denied after it was confirmed: %v", err)
		}
		if err := k.Answer(t.Context(), link, c.ID, brochard, Confirmed); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("confirmed by a stranger: %v", err)
		}
		got, err := k.Cooperation(t.Context(), c.ID)
		if err != nil || got.State() != Confirmed || got.Amount != Bands()[1] || got.Materials != 400 {
			t.Errorf("it is %+v, %v", got, err)
		}
		list, err := k.Cooperations(t.Context(), lys)
		if err != nil || len(list) != 1 || cmp.Diff(got, list[0]) != "" {
			t.Errorf("those of a party: %+v, %v", list, err)
		}
	})
}

// Who has worked with whom is read from both sides, and not from what one of
// them denies.
func TestWorked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		for from, c := range map[string]Cooperation{"n1": told("", lys, lys, reemploi), "n2": told("", lys, lys, brochard)} {
			made, _, err := k.Declare(t.Context(), Declared{Cooperation: c, Origins: []Origin{{FromNeed, from}}, By: nadia})
			if err != nil {
				t.Fatal(err)
			}
			if from == "n2" {
				if err := k.Answer(t.Context(), account.Actor{Channel: account.Link}, made.ID, brochard, Denied); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []struct{ with, want []register.SIRET }{
			{nil, nil},
			{[]register.SIRET{lys}, []register.SIRET{reemploi}},
			{[]register.SIRET{reemploi, brochard}, []register.SIRET{lys}},
			{[]register.SIRET{brochard}, nil},
		} {
			if got, err := k.Worked(t.Context(), c.with); err != nil || !slices.Equal(got, c.want) {
				t.Errorf("who has worked with %v: %v, want %v (%v)", c.with, got, c.want, err)
			}
		}
	})
}

func TestCooperationIsChecked(t *testing.T) {
	k := open(dbtest.SQLite(t))
	for _, c := range []struct {
		how  func(*Cooperation)
		want error
	}{
		{func(c *Cooperation) { c.Started = "hier" }, ErrDay},
		{func(c *Cooperation) { c.Kind = "magic" }, ErrKind},
		{func(c *Cooperation) { c.Amount = Band{1, 2} }, ErrFigure},
		{func(c *Cooperation) { c.Hours = -1 }, ErrFigure},
		{func(c *Cooperation) { c.Materials = most + 1 }, ErrFigure},
		{func(c *Cooperation) { c.Parties = c.Parties[:1] }, ErrParties},
		{func(c *Cooperation) { c.Parties[1] = c.Parties[0] }, ErrParties},
		{func(c *Cooperation) { c.DeclaredFor = brochard }, ErrParties},
		{func(c *Cooperation) { c.Lead = "none" }, db.ErrNotFound},
	} {
		one := told("", lys, lys, reemploi)
		c.how(&one)
		if _, _, err := k.Declare(t.Context(), Declared{Cooperation: one, By: nadia}); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", one, err, c.want)
		}
	}
}

// Both parties tell of a cooperation at once, from the introduction, from the
// lead that came of it and from that of a meeting before: it is one.
func TestCooperationCountsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		parties := []register.SIRET{lys, reemploi}
		meeting := k.add(t, Lead{Title: "Bois", Parties: parties, Origins: []Origin{{FromMeeting, "isbergues"}}})
		chain := []Origin{{FromIntroduction, "m1"}, {FromLead, meeting.ID}, {FromMeeting, "isbergues"}}
		l := k.add(t, Lead{Title: "Bois", Parties: parties, Origins: chain})
		ways := []Declared{
			{Cooperation: told("", lys, parties...), Origins: chain, By: account.Actor{Who: "amina", Channel: account.Web}},
			{Cooperation: told(l.ID, reemploi, parties...), By: account.Actor{Who: "jean", Channel: account.Web}},
			{Cooperation: told(meeting.ID, lys, parties...), By: nadia},
		}
		ids := together(30, func(i int) string {
			c, _, err := k.Declare(t.Context(), ways[i%3])
			if err != nil {
				t.Error(err)
				return ""
			}
			return c.ID
		})
		slices.Sort(ids)
		if ids = slices.Compact(ids); len(ids) != 1 {
			t.Fatalf("cooperations %v, want one", ids)
		}
		c, err := k.Cooperation(t.Context(), ids[0])
		if err != nil || c.State() != Confirmed {
			t.Errorf("both told of it: %+v, %v", c, err)
		}
		for _, id := range []string{l.ID, meeting.ID} {
			if l, err := k.Lead(t.Context(), id); err != nil || l.Stage != Done || !slices.Contains(l.LedTo, Origin{ToCooperation, c.ID}) {
				t.Errorf("a lead behind it: %+v, %v", l, err)
			}
		}
		other, known, err := k.Declare(t.Context(), Declared{Cooperation: told("", lys, lys, brochard), Origins: chain, By: nadia})
		if err != nil || known || other.ID == c.ID {
			t.Errorf("with another, by the same chain: %+v, %v, %v", other, known, err)
		}
	})
}

func TestHardCase41LeadForgets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		who := &account.Person{ID: "amina", Mail: "amina@lys.fr", GivenName: "Amina", FamilyName: "Ben Salah"}
		l := k.add(t, Lead{Title: "Vu avec Amina Ben Salah", Words: "Du bois", Next: "Écrire à amina@lys.fr", Owner: "amina", Parties: []register.SIRET{lys, reemploi}})
		c := *l
		c.Stage = Contacted
		if _, err := k.Change(t.Context(), Change{Lead: c, Note: "M. BEN SALAH rappelle", By: account.Actor{Who: "amina", Channel: account.Web}}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.Declare(t.Context(), Declared{Cooperation: told(l.ID, lys, lys, reemploi), By: account.Actor{Who: "amina", Channel: account.Web}}); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return k.Forget(t.Context(), tx, who) }); err != nil {
			t.Fatal(err)
		}
		got, err := k.Lead(t.Context(), l.ID)
		if err != nil || got.Owner != "" || got.Title != "—" || got.Words != "Du bois" || got.Next != "" {
			t.Errorf("the lead: %+v, %v", got, err)
		}
		history, err := k.History(t.Context(), l.ID)
		if err != nil || slices.ContainsFunc(history, func(c Changed) bool { return c.Who == "amina" || c.Note != "" }) {
			t.Errorf("the history: %+v, %v", history, err)
		}
		if mine, err := k.Of(t.Context(), "amina"); err != nil || len(mine) != 0 {
			t.Errorf("hers: %v, %v", mine, err)
		}
	})
}
