package meeting

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// Twenty people write the same minutes at once, each on a line of their own:
// every word of everybody is there, and each save is in the history.
func TestHardCase42TwentyWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ms, _ := house(t, d)
		list, _, err := ms.Plan(t.Context(), nadia, []Meeting{planned("artois", 10)})
		if err != nil {
			t.Fatal(err)
		}
		id := list[0].ID
		first, _, err := ms.WriteMinutes(t.Context(), Written{Meeting: id, Sections: []Section{{"Accueil", "Le début."}, {"", "- rien"}}, Name: "Nadia", By: nadia})
		if err != nil || first.Version != 1 {
			t.Fatalf("%+v, %v", first, err)
		}
		var wait sync.WaitGroup
		for n := range 20 {
			wait.Go(func() {
				mine := []Section{{"Accueil", fmt.Sprintf("Le début.\nmot%d", n)}, {"", "- rien"}}
				if _, _, err := ms.WriteMinutes(t.Context(), Written{Meeting: id, From: 1, Sections: mine, Name: fmt.Sprint("w", n), By: nadia}); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		m, err := ms.Minutes(t.Context(), id)
		if err != nil || m.Version != 21 {
			t.Fatalf("version %d, %v", m.Version, err)
		}
		for n := range 20 {
			if !strings.Contains(m.Sections[0].Text+"\n", fmt.Sprintf("mot%d\n", n)) {
				t.Errorf("mot%d is lost", n)
			}
		}
		if all, err := ms.Revisions(t.Context(), id); err != nil || len(all) != 21 || all[20].Name != "Nadia" {
			t.Errorf("%d revisions, %v", len(all), err)
		}
	})
}

func TestMinutes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ms, _ := house(t, d)
		list, _, err := ms.Plan(t.Context(), nadia, []Meeting{planned("artois", 10)})
		if err != nil {
			t.Fatal(err)
		}
		id := list[0].ID
		if m, err := ms.Minutes(t.Context(), id); err != nil || m.Version != 0 || m.Published {
			t.Errorf("before: %+v, %v", m, err)
		}
		if err := ms.ShowMinutes(t.Context(), nadia, id, true); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("show what is not written: %v", err)
		}
		write := func(from int64, name, text string) (Minutes, bool, error) {
			return ms.WriteMinutes(t.Context(), Written{Meeting: id, From: from, Sections: []Section{{"Accueil", text}}, Name: name, By: nadia})
		}
		if _, _, err := write(0, "Nadia", "Dix personnes."); err != nil {
			t.Fatal(err)
		}
		if m, merged, err := write(1, "Nadia", "Dix  personnes.\r\n"); err != nil || m.Version != 1 || merged {
			t.Errorf("nothing changed: version %d, %v", m.Version, err)
		}
		if _, _, err := write(1, "Nadia", "Onze personnes."); err != nil {
			t.Fatal(err)
		}
		m, merged, err := write(1, "Paul", "Vingt personnes.")
		if err != nil || !merged || m.Sections[0].Text != "[Nadia] Onze personnes.\n[Paul] Vingt personnes." {
			t.Errorf("%+v, %v", m, err)
		}
		if _, _, err := write(9, "Paul", "x"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("from a version that is not: %v", err)
		}
		if _, _, err := write(3, "Paul", strings.Repeat("x", MaxSectionText+1)); !errors.Is(err, ErrLong) {
			t.Errorf("too long: %v", err)
		}
		for _, shown := range []bool{true, false, true} {
			if err := ms.ShowMinutes(t.Context(), nadia, id, shown); err != nil {
				t.Fatal(err)
			}
			if m, err := ms.Minutes(t.Context(), id); err != nil || m.Published != shown {
				t.Errorf("shown %t, %v", m.Published, err)
			}
		}
		if _, _, err := write(3, "Nadia", "Dix personnes.\nMerci à Zénobie Quetzalcoatl."); err != nil {
			t.Fatal(err)
		}
		who := &account.Person{ID: "nadia", GivenName: "Zénobie", FamilyName: "Quetzalcoatl"}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return ms.Forget(t.Context(), tx, who) }); err != nil {
			t.Fatal(err)
		}
		all, err := ms.Revisions(t.Context(), id)
		if err != nil || len(all) != 4 || all[0].Sections[0].Text != "Dix personnes.\n[…]" || all[0].Who+all[0].Name != "" {
			t.Errorf("forgotten: %+v, %v", all, err)
		}
	})
}

func TestToWrite(t *testing.T) {
	m := Meeting{Agenda: []Item{{Title: "Accueil"}, {Title: "Pistes"}}}
	got := m.ToWrite([]Section{{"Tour de table", "Dix."}, {"Pistes", "Deux."}, {"Café", ""}, {"", "- oui"}})
	if diff := cmp.Diff([]Section{{"Accueil", ""}, {"Pistes", "Deux."}, {"Tour de table", "Dix."}, {"", "- oui"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBlocks(t *testing.T) {
	got := Section{Text: cleanText("Un\ndeux\n\n\n• trois\n* quatre\nfin")}.Blocks()
	if diff := cmp.Diff([]Block{{false, []string{"Un", "deux"}}, {true, []string{"trois", "quatre"}}, {false, []string{"fin"}}}, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever is sent, what is kept is lines of visible letters, cleaning it again
// changes nothing, and it is cut into blocks without losing a word.
func FuzzMinutesHardCase44(f *testing.F) {
	f.Add("<script>alert(1)</script>\r\n• un\x00\u202e\n\n\n- deux")
	f.Add("\xff- \t*")
	f.Fuzz(func(t *testing.T, text string) {
		got := cleanText(text)
		if !utf8.ValidString(got) || cleanText(got) != got {
			t.Fatalf("%q becomes %q, then %q", text, got, cleanText(got))
		}
		for _, r := range got {
			if r != '\n' && (unicode.IsControl(r) || r == '\u202e' || r == '\ufeff') {
				t.Fatalf("%q keeps %q", text, r)
			}
		}
		n := 0
		for _, b := range (Section{Text: got}).Blocks() {
			for _, line := range b.Lines {
				n += len(strings.Fields(line))
			}
		}
		if want := len(strings.Fields(got)); n > want || n < want-strings.Count("\n"+got, "\n- ") {
			t.Fatalf("%q: %d words of %d are in its blocks", got, n, want)
		}
	})
}
