package lead

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/register"
)

// confirmed declares a cooperation of the Lys and the Réemploi, which both
// confirm.
func (k *desk) confirmed(t *testing.T, of string) *Cooperation {
	t.Helper()
	said := told(of, lys, reemploi, lys)
	said.Territory, said.Jobs, said.PublicOrder = "artois", 2, true
	c, _, err := k.Declare(t.Context(), Declared{Cooperation: said, By: nadia})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Answer(t.Context(), account.Actor{Channel: account.Link}, c.ID, reemploi, Confirmed); err != nil {
		t.Fatal(err)
	}
	return c
}

// Everything that is told of a cooperation is kept as it was told.
func TestCooperationKeepsWhatWasTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		c := k.confirmed(t, "")
		got, err := k.Cooperation(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := *c
		want.Parties = []Party{
			{SIRET: lys, State: Confirmed, Who: "nadia", Channel: account.Phone, At: k.clock.Now()},
			{SIRET: reemploi, State: Confirmed, Channel: account.Link, At: k.clock.Now()},
		}
		if diff := cmp.Diff(&want, got); diff != "" || got.Jobs != 2 || !got.PublicOrder || got.Hours != 12 || got.Materials != 400 || got.Kind != "materials" || got.Started != "2026-11-20" || got.Amount != Bands()[1] {
			t.Errorf("it is read otherwise (-want +got):\n%s", diff)
		}
	})
}

// A note of a cooperation is read by others exactly while all parties wish
// these very words to be; one takes it back at once.
func TestCooperationNote(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		l := k.add(t, Lead{Title: "Bois", Territory: "artois", Parties: []register.SIRET{lys, reemploi}})
		asked, _, err := k.Declare(t.Context(), Declared{Cooperation: told("", lys, lys, brochard), By: nadia})
		if err != nil {
			t.Fatal(err)
		}
		c := k.confirmed(t, l.ID)
		cooperation := c.ID
		k.letters = nil
		by, link := account.Actor{Who: "amina", Channel: account.Web}, account.Actor{Channel: account.Link}
		n := CooperationNote{Cooperation: c.ID, SIRET: lys, Saw: "Des palettes  démontées\n\n\nen atelier", Brought: "Deux tonnes", Signed: "Amina, menuisière", Trade: "menuisier"}
		for name, wrong := range map[string]struct {
			n    CooperationNote
			want error
		}{
			"nothing":               {CooperationNote{Cooperation: c.ID, SIRET: lys, Saw: " \n"}, ErrEmpty},
			"by a stranger":         {CooperationNote{Cooperation: c.ID, SIRET: brochard, Saw: "x"}, db.ErrNotFound},
			"before all confirmed":  {CooperationNote{Cooperation: asked.ID, SIRET: lys, Saw: "x"}, ErrUnconfirmed},
			"of what there is none": {CooperationNote{Cooperation: "none", SIRET: lys, Saw: "x"}, db.ErrNotFound},
		} {
			if err := k.Write(t.Context(), by, wrong.n, true); !errors.Is(err, wrong.want) {
				t.Errorf("%s: %v, want %v", name, err, wrong.want)
			}
		}
		public := func(f NoteFilter) int {
			t.Helper()
			list, total, _, err := k.Notes(t.Context(), f)
			if err != nil || total != len(list) {
				t.Fatalf("%d of %d, %v", len(list), total, err)
			}
			return total
		}
		for range 2 { // pressed twice, the other is asked once
			if err := k.Write(t.Context(), by, n, true); err != nil {
				t.Fatal(err)
			}
		}
		if len(k.letters) != 1 || k.letters[0].SIRET != reemploi || k.letters[0].Note == nil || public(NoteFilter{}) != 0 {
			t.Fatalf("asked %+v; %d published", k.letters, public(NoteFilter{}))
		}
		got, s, err := k.ByNoteLink(t.Context(), k.letters[0].Note.ID, k.letters[0].Token)
		if err != nil || s != reemploi || got.Saw != "Des palettes démontées\n\nen atelier" {
			t.Fatalf("by the link: %+v, %v, %v", got, s, err)
		}
		if _, _, err := k.ByNoteLink(t.Context(), got.ID, k.token(got.ID, reemploi)); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("by a link for something else: %v", err)
		}
		agree := func(s register.SIRET, yes bool) {
			t.Helper()
			if err := k.Consent(t.Context(), link, got.ID, s, got.WrittenAt, yes); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.Consent(t.Context(), link, got.ID, reemploi, got.WrittenAt.Add(-time.Second), true); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("to words of before: %v", err)
		}
		if err := k.Consent(t.Context(), link, got.ID, brochard, got.WrittenAt, true); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("by a stranger: %v", err)
		}
		agree(reemploi, true)
		for _, c := range []struct {
			f    NoteFilter
			want int
		}{
			{NoteFilter{}, 1},
			{NoteFilter{Words: "PALETTES demontees"}, 1},
			{NoteFilter{Words: "palettes pain"}, 0},
			{NoteFilter{Words: "%"}, 1}, // no word
			{NoteFilter{Trade: "menuisier", Territory: "artois"}, 1},
			{NoteFilter{Trade: "coiffeur"}, 0},
			{NoteFilter{Territory: "calaisis"}, 0},
			{NoteFilter{Party: reemploi}, 1},
			{NoteFilter{Party: brochard}, 0},
			{NoteFilter{Kind: OfVisit}, 0},
			{NoteFilter{Kind: OfCooperation, Source: cooperation}, 1},
		} {
			if n := public(c.f); n != c.want {
				t.Errorf("%+v: %d notes, want %d", c.f, n, c.want)
			}
		}
		if l, err := k.Lead(t.Context(), l.ID); err != nil || !slices.Contains(l.LedTo, Origin{FromNote, got.ID}) {
			t.Errorf("the lead does not know it: %+v, %v", l, err)
		}
		agree(lys, false)
		if _, err := k.Note(t.Context(), got.ID); !errors.Is(err, db.ErrNotFound) || public(NoteFilter{}) != 0 {
			t.Errorf("withdrawn by who wrote it: %v", err)
		}
		agree(lys, true)
		if _, err := k.Note(t.Context(), got.ID); err != nil {
			t.Errorf("published again: %v", err)
		}
		k.Shown = func(s register.SIRET) bool { return s != reemploi }
		if _, err := k.Note(t.Context(), got.ID); !errors.Is(err, db.ErrNotFound) || public(NoteFilter{}) != 0 {
			t.Errorf("of somebody who is not shown any more: %v", err)
		}
		k.Shown = nil
		k.clock.Pass(time.Minute)
		n.Saw = "Autre chose"
		if err := k.Write(t.Context(), by, n, true); err != nil || public(NoteFilter{}) != 0 || len(k.letters) != 2 {
			t.Errorf("other words are read before the other party has read them: %v, %d letters", err, len(k.letters))
		}
	})
}

// Notes come page by page, the newest first, and hidden ones leave no hole.
func TestNotesByPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := open(d)
		k.Shown = func(s register.SIRET) bool { return s != brochard }
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for i := range 23 {
				n := Note{ID: fmt.Sprintf("n%02d", i), Kind: OfVisit, Saw: "Un levage", Parties: []register.SIRET{[]register.SIRET{lys, reemploi, brochard}[i%3]}, PublishedAt: k.clock.Now().Add(time.Duration(i/2) * time.Hour)}
				if err := k.PublishIn(t.Context(), tx, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		whole, total, _, err := k.Notes(t.Context(), NoteFilter{Words: "levage"})
		if err != nil || total != 16 || len(whole) != 16 || whole[0].ID != "n22" && whole[0].ID != "n21" {
			t.Fatalf("%d of %d notes, %v", len(whole), total, err)
		}
		var paged []*Note
		for f := (NoteFilter{Words: "levage", Limit: 5}); ; {
			some, n, next, err := k.Notes(t.Context(), f)
			if err != nil || n != 16 {
				t.Fatalf("%d notes, %v", n, err)
			}
			paged = append(paged, some...)
			if f.After = next; next == "" {
				break
			}
		}
		if diff := cmp.Diff(whole, paged, cmp.AllowUnexported(Note{})); diff != "" {
			t.Errorf("by pages (-want +got):\n%s", diff)
		}
	})
}
