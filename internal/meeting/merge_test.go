package meeting

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestHardCase42Merge(t *testing.T) {
	const base = "Dix personnes sont venues.\n- On se revoit en mars\nLe café était bon."
	for _, test := range []struct{ name, mine, theirs, want string }{
		{"only I wrote", "Vingt personnes sont venues.\n- On se revoit en mars\nLe café était bon.", base, "Vingt personnes sont venues.\n- On se revoit en mars\nLe café était bon."},
		{"only they wrote", base, "Dix personnes sont venues.", "Dix personnes sont venues."},
		{"two words of a line", "Dix personnes sont venues hier.\n- On se revoit en mars\nLe café était bon.", "Vingt personnes sont venues.\n- On se revoit en mars\nLe café était bon.", "Vingt personnes sont venues hier.\n- On se revoit en mars\nLe café était bon."},
		{"the same word", "Onze personnes sont venues.\n- On se revoit en mars\nLe café était bon.", "Vingt personnes sont venues.\n- On se revoit en mars\nLe café était bon.", "[Paul] Vingt personnes sont venues.\n[Nadia] Onze personnes sont venues.\n- On se revoit en mars\nLe café était bon."},
		{"the same point of a list", "Dix personnes sont venues.\n- On se revoit en avril\nLe café était bon.", "Dix personnes sont venues.\n- On se revoit en mai\nLe café était bon.", "Dix personnes sont venues.\n- [Paul] On se revoit en mai\n- [Nadia] On se revoit en avril\nLe café était bon."},
		{"both add at the end", base + "\nDe moi.", base + "\nD’eux.", base + "\nD’eux.\nDe moi."},
		{"both add the same", base + "\nDe nous.", base + "\nDe nous.", base + "\nDe nous."},
		{"one changes what the other takes out", "Dix personnes sont venues.\n- On se revoit en mars\nLe café était très bon.", "Dix personnes sont venues.\n- On se revoit en mars", "Dix personnes sont venues.\n- On se revoit en mars\nLe café était très bon."},
		{"both take out", "", "", ""},
	} {
		if got := Merge(base, test.mine, test.theirs, "Nadia", "Paul"); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if got := Merge("", "De moi.", "D’eux.", "Nadia", "Paul"); got != "D’eux.\nDe moi." {
		t.Errorf("from nothing: %q", got)
	}
}

// A writer changes a text at random: takes words and lines out, adds others
// which nobody else has.
func rewrite(r *rand.Rand, text, name string) (string, []string) {
	list, fresh := lines(text), []string(nil)
	word := func() string {
		fresh = append(fresh, fmt.Sprint(name, len(fresh)))
		return fresh[len(fresh)-1]
	}
	for range r.IntN(6) {
		at := r.IntN(len(list) + 1)
		switch {
		case r.IntN(3) == 0:
			list = slices.Insert(list, at, word()+" "+word())
		case at == len(list):
		case r.IntN(4) == 0:
			list = slices.Delete(list, at, at+1)
		default:
			words := strings.Fields(list[at])
			i := r.IntN(len(words) + 1)
			if i < len(words) && r.IntN(2) == 0 {
				words = slices.Delete(words, i, i+1)
			}
			list[at] = strings.Join(slices.Insert(words, min(i, len(words)), word()), " ")
		}
	}
	out := strings.Join(list, "\n")
	fresh = slices.DeleteFunc(fresh, func(w string) bool { return !slices.Contains(strings.Fields(out), w) })
	return out, fresh
}

// No word of either writer is lost, whatever both did; and what neither
// touched stays as it was.
func TestHardCase42NoWordIsLost(t *testing.T) {
	for seed := range uint64(20_000) {
		r := rand.New(rand.NewPCG(42, seed))
		var start []string
		for n := range r.IntN(7) {
			line := ""
			for w := range 1 + r.IntN(5) {
				line += fmt.Sprint(" b", (n*5+w)%(3+r.IntN(20)))
			}
			start = append(start, strings.TrimSpace(line))
		}
		base := strings.Join(start, "\n")
		mine, my := rewrite(r, base, "m")
		theirs, their := rewrite(r, base, "t")
		got := Merge(base, mine, theirs, "", "")
		words := strings.Fields(got)
		for _, w := range slices.Concat(my, their) {
			if !slices.Contains(words, w) {
				t.Fatalf("seed %d: %q is lost\nbase   %q\nmine   %q\ntheirs %q\ngot    %q", seed, w, base, mine, theirs, got)
			}
		}
		if twice := Merge(base, mine, mine, "", ""); twice != mine {
			t.Fatalf("seed %d: sent twice %q becomes %q", seed, mine, twice)
		}
		if one := Merge(base, mine, base, "", ""); one != mine {
			t.Fatalf("seed %d: alone %q becomes %q", seed, mine, one)
		}
		var was, is strings.Builder
		for _, p := range Difference(base, got) {
			if !p.In {
				was.WriteString(p.Text)
			}
			if !p.Out {
				is.WriteString(p.Text)
			}
		}
		if was.String() != base || is.String() != got {
			t.Fatalf("seed %d: the difference makes %q of %q and %q of %q", seed, was.String(), base, is.String(), got)
		}
	}
}
