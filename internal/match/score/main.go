// Command score tells how well the partner rules rank pairs that people
// graded: the NDCG of the first ten candidates of each seeker, at one
// distance, as the registers know them.
//
// It reads files in the format of internal/match/testdata (their header says
// it), and prints the mean, by world of the seeker, and the seekers that are
// ranked worst. Its one difficulty is that a file's own order must not help:
// candidates with equal points count for the mean of their grades.
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/match"
	"passerelle/internal/trade"
)

func main() {
	worst := flag.Int("worst", 10, "how many of the worst ranked seekers to show")
	least := flag.Float64("least", 0, "fail below this mean")
	flag.Parse()
	files := flag.Args()
	if len(files) == 0 {
		files = []string{"internal/match/testdata/graded-dev.tsv"}
	}
	if err := run(os.Stdout, files, *worst, *least); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

// A pair is one graded candidate of a seeker.
type pair struct {
	facts  match.Facts
	grade  int
	total  int
	points match.Points
	why    string
}

// A ranking is a seeker and its candidates.
type ranking struct {
	id     string
	seeker match.Facts
	pairs  []pair
	ndcg   float64
}

func run(out io.Writer, files []string, worst int, least float64) error {
	trades, err := trade.Load()
	if err != nil {
		return err
	}
	rules, err := match.Load(trades)
	if err != nil {
		return err
	}
	var all []*ranking
	for _, name := range files {
		if all, err = read(name, trades, all); err != nil {
			return err
		}
	}
	for _, k := range all {
		k.score(rules)
	}
	if len(all) == 0 {
		return fmt.Errorf("no seeker in %s", strings.Join(files, ", "))
	}
	mean := func(keep func(*ranking) bool) (float64, int) {
		sum, n := 0.0, 0
		for _, k := range all {
			if keep(k) {
				sum += k.ndcg
				n++
			}
		}
		return sum / float64(max(1, n)), n
	}
	total, n := mean(func(*ranking) bool { return true })
	craft, nc := mean(func(k *ranking) bool { return k.seeker.Craft })
	ess, ne := mean(func(k *ranking) bool { return !k.seeker.Craft })
	fmt.Fprintf(out, "NDCG@10 %.4f of %d seekers; craft %.4f of %d; ESS %.4f of %d\n", total, n, craft, nc, ess, ne)
	slices.SortFunc(all, func(a, b *ranking) int { return cmp.Compare(a.ndcg, b.ndcg) })
	for _, k := range all[:min(worst, len(all))] {
		show(out, trades, k)
	}
	if total < least {
		return fmt.Errorf("NDCG@10 %.4f is below %.4f", total, least)
	}
	return nil
}

func show(out io.Writer, trades *trade.Table, k *ranking) {
	fmt.Fprintf(out, "\n%.3f %s %s\n", k.ndcg, k.id, words(trades, &k.seeker))
	for _, p := range k.pairs {
		fmt.Fprintf(out, "  %d %4d (%d %d %d) %s: %s\n", p.grade, p.total, p.points.Services, p.points.Jobs, p.points.Resources, words(trades, &p.facts), p.why)
	}
}

func words(trades *trade.Table, f *match.Facts) string {
	label, _ := trades.NAFLabel(f.NAF)
	if t, ok := trades.Trade(f.Trade); ok {
		label = t.Name
	}
	return fmt.Sprintf("%s %s [%s %s %s]", f.NAF, label, f.LegalForm, strings.Join(f.Labels, " "), f.Size)
}

// score ranks the candidates at one distance, best first.
func (k *ranking) score(rules *match.Rules) {
	seeker := rules.Kind(&k.seeker)
	for i := range k.pairs {
		p := &k.pairs[i]
		f := rules.Between(seeker, rules.Kind(&p.facts)).At(5000)
		p.total, p.points = int(f.Total()), f.Shown()
	}
	slices.SortStableFunc(k.pairs, func(a, b pair) int { return cmp.Compare(b.total, a.total) })
	k.ndcg = ndcg(k.pairs)
}

// ndcg is the normalised discounted gain of the first ten: a grade of 3 is
// worth 7, 2 is worth 3, 1 is worth 1.
func ndcg(pairs []pair) float64 {
	gain := func(p pair) float64 { return math.Exp2(float64(p.grade)) - 1 }
	gained := make([]float64, 0, len(pairs))
	for i := 0; i < len(pairs); {
		j, sum := i, 0.0
		for ; j < len(pairs) && pairs[j].total == pairs[i].total; j++ {
			sum += gain(pairs[j])
		}
		for range j - i {
			gained = append(gained, sum/float64(j-i))
		}
		i = j
	}
	best := make([]float64, 0, len(pairs))
	for _, p := range pairs {
		best = append(best, gain(p))
	}
	slices.Sort(best)
	slices.Reverse(best)
	most := discounted(best)
	if most == 0 {
		return 1
	}
	return discounted(gained) / most
}

func discounted(gains []float64) float64 {
	sum := 0.0
	for i, g := range gains[:min(10, len(gains))] {
		sum += g / math.Log2(float64(i)+2)
	}
	return sum
}

// read adds the seekers of a file.
func read(name string, trades *trade.Table, all []*ranking) ([]*ranking, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	last := ""
	for n := 1; lines.Scan(); n++ {
		if strings.HasPrefix(lines.Text(), "#") || strings.HasPrefix(lines.Text(), "seeker_id\t") {
			continue
		}
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 15 {
			return nil, fmt.Errorf("%s line %d: %d fields, want 15", name, n, len(f))
		}
		grade, err := strconv.Atoi(f[13])
		if err != nil {
			return nil, fmt.Errorf("%s line %d: the grade %q is no number", name, n, f[13])
		}
		if f[0] != last {
			last = f[0]
			all = append(all, &ranking{id: last, seeker: facts(trades, f[1:7])})
		}
		k := all[len(all)-1]
		k.pairs = append(k.pairs, pair{facts: facts(trades, f[7:13]), grade: grade, why: f[14]})
	}
	return all, lines.Err()
}

// facts reads what the registers know of one side, as the directory does.
func facts(trades *trade.Table, f []string) match.Facts {
	s := match.Facts{
		Craft: f[0] != "ess", ESS: f[0] != "craft", NAF: f[1], LegalForm: f[3], Size: f[5],
	}
	if f[2] != "-" {
		s.NAFA = f[2]
	}
	if f[4] != "-" {
		s.Labels = strings.Split(f[4], ",")
		slices.Sort(s.Labels)
	}
	if s.Family, _ = trades.FamilyOf(s.LegalForm); s.Family == "" && s.ESS {
		s.Family = trade.Company
	}
	if !s.Craft {
		return s
	}
	t, ok := trades.TradeOfNAFA(s.NAFA)
	if !ok {
		t, ok = trades.TradeOfNAF(s.NAF)
	}
	if ok {
		s.Trade, s.Sector = t.Slug, t.Sector
	}
	return s
}
