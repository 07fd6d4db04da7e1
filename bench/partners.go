package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand"
	"os"
	"runtime"
	"slices"
	"syscall"
	"text/tabwriter"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/geo"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A firm is an establishment as the peers know it: where it is, its worlds and
// its kind. They are given the rules as tables of kinds, as we have them.
type firm struct {
	siret      register.SIRET
	craft, ess bool
	kind       match.Kind
	department string
	point      geo.Point
}

// An asked is a question for partners: who asks, and how far away.
type asked struct {
	firm
	radius float64
}

// inCraft and inESS say in which worlds partners are looked for.
func (f *firm) inCraft() bool { return f.ess || !f.craft }
func (f *firm) inESS() bool   { return f.craft || !f.ess }

// A found is a partner: all its figures, in hundredths of a point.
type found struct {
	siret  register.SIRET
	total  uint16
	metres float64
}

// A matcher finds the ten best partners, one at most of each legal unit.
type matcher interface {
	Name() string
	Partners(q *asked) ([]found, error)
}

// partners asks ours and the peers for the partners of one, and ours for those
// of everyone.
func partners(dir, postgres, redis string, questions int, brute []string, bulk bool) error {
	ctx := context.Background()
	places, err := place.Load()
	if err != nil {
		return err
	}
	trades, err := trade.Load()
	if err != nil {
		return err
	}
	d, err := directory.Open(ctx, directory.Config{Dir: dir, Places: places, Trades: trades, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer d.Close()
	rules, err := match.Load(trades)
	if err != nil {
		return err
	}
	ours := &oursFinder{&partner.Finder{Directory: d, Rules: rules}, false}
	var m runtime.MemStats
	heap := func() float64 {
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc) / 1e6
	}
	before, start := heap(), time.Now()
	if err := ours.Warm(); err != nil {
		return err
	}
	fmt.Printf("%d establishments, %d kinds; the field is read in %.0f ms and takes %.1f MB of heap\n", d.Size(), rules.Kinds(), ms(time.Since(start)), heap()-before)
	if bulk {
		if err := everyone(ours.Finder); err != nil {
			return err
		}
	}
	if postgres == "" && redis == "" && len(brute) == 0 {
		return nil
	}
	firms, err := firmsOf(d, rules)
	if err != nil {
		return err
	}
	for _, department := range brute {
		if err := bruteForce(ours.Finder, rules, firms, department); err != nil {
			return err
		}
	}
	systems := []matcher{ours, &oursFinder{ours.Finder, true}}
	if postgres != "" {
		s, err := openPartnersPostgres(ctx, postgres, rules, firms)
		if err != nil {
			return fmt.Errorf("postgres: %w", err)
		}
		systems = append(systems, s)
	}
	if redis != "" {
		s, err := openPartnersRedis(redis, rules, firms)
		if err != nil {
			return fmt.Errorf("redis: %w", err)
		}
		systems = append(systems, s)
	}
	if postgres == "" && redis == "" {
		return nil
	}
	return partnersDuel(systems, partnerQuestions(firms, questions))
}

// firmsOf reads all establishments that have a place.
func firmsOf(d *directory.Directory, rules *match.Rules) ([]firm, error) {
	g, err := d.Ground()
	if err != nil {
		return nil, err
	}
	var out []firm
	for _, l := range g.Layers {
		for doc := range uint32(l.Located()) {
			if l.Covered(doc) {
				continue
			}
			e, err := g.Establishment(l, doc)
			if err != nil {
				return nil, err
			}
			f := rules.FactsOf(&e)
			out = append(out, firm{e.SIRET, f.Craft, f.ESS, rules.Kind(&f), e.Department, l.Point(doc)})
		}
	}
	return out, nil
}

// partnerQuestions draws who asks: two of three are of craft, as in the
// peers' mix.
func partnerQuestions(firms []firm, n int) []asked {
	r := rand.New(rand.NewSource(int64(len(firms))))
	out := make([]asked, 0, n)
	for len(out) < n {
		f := firms[r.Intn(len(firms))]
		if f.ess == (len(out)%3 == 0) {
			out = append(out, asked{f, []float64{20_000, 30_000}[r.Intn(2)]})
		}
	}
	return out
}

// oursFinder is the product, asked in process: who, with four figures and the
// distance, as the peers are asked; or, read, with the ten establishments and
// their sides, as a page needs them.
type oursFinder struct {
	*partner.Finder
	read bool
}

func (o *oursFinder) Name() string {
	return map[bool]string{false: "passerelle", true: "passerelle, read"}[o.read]
}

func (o *oursFinder) Partners(q *asked) ([]found, error) {
	question := partner.Question{SIRET: q.siret, Radius: q.radius}
	var out []found
	if !o.read {
		lines, err := o.Lines(question)
		for i := range lines {
			out = append(out, found{lines[i].Partner, lines[i].Figures.Total(), float64(lines[i].Metres)})
		}
		return out, err
	}
	a, err := o.Best(question)
	if err != nil || a.Widened {
		return nil, err
	}
	for i := range a.Partners {
		p := &a.Partners[i]
		out = append(out, found{p.Side.SIRET, p.Figures.Total(), p.Metres})
	}
	return out, nil
}

// partnersDuel puts every question to all systems in turn, and then all
// questions to one system after the other.
func partnersDuel(systems []matcher, qs []asked) error {
	for _, s := range systems {
		for i := range min(100, len(qs)) {
			if _, err := s.Partners(&qs[len(qs)-1-i]); err != nil {
				return fmt.Errorf("%s: %w", s.Name(), err)
			}
		}
	}
	for _, apart := range []bool{false, true} {
		times := make([][]time.Duration, len(systems))
		first := make([][]found, len(qs))
		differ := make([]int, len(systems))
		ask := func(i, k int) error {
			start := time.Now()
			list, err := systems[k].Partners(&qs[i])
			if err != nil {
				return fmt.Errorf("%s: %w", systems[k].Name(), err)
			}
			times[k] = append(times[k], time.Since(start))
			if k == 0 {
				first[i] = list
			} else if !alike(first[i], list) {
				differ[k]++
			}
			return nil
		}
		if apart {
			for k := range systems {
				for i := range qs {
					if err := ask(i, k); err != nil {
						return err
					}
				}
			}
		} else {
			for i := range qs {
				for k := range systems {
					if err := ask(i, k); err != nil {
						return err
					}
				}
			}
		}
		fmt.Println(map[bool]string{false: "every question to all systems in turn", true: "all questions to one system after the other"}[apart])
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "system\tp50 ms\tp95 ms\tp99 ms\tmean ms\tratio of means\tother lists")
		ours := mean(times[0])
		for k, s := range systems {
			ds := times[k]
			slices.Sort(ds)
			fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%.4f\t%.0f×\t%d\n", s.Name(), ms(at(ds, .5)), ms(at(ds, .95)), ms(at(ds, .99)), ms(mean(ds)), float64(mean(ds))/float64(ours), differ[k])
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// alike reports whether two lists have the same totals, but for what two ways
// of measuring a distance may round apart.
func alike(a, b []found) bool {
	return slices.EqualFunc(a, b, func(x, y found) bool { return max(x.total, y.total)-min(x.total, y.total) <= 1 })
}

// everyone measures the partners of everyone.
func everyone(f *partner.Finder) error {
	start, used := time.Now(), processor()
	lines, last, asking := 0, register.SIRET(0), 0
	err := f.Everyone(context.Background(), partner.Bulk{}, func(_, _ int, list []partner.Line) error {
		lines += len(list)
		for i := range list {
			if list[i].Seeker != last {
				last = list[i].Seeker
				asking++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return err
	}
	fmt.Printf("partners of %d establishments within 20 km, %d in all: %.1f s on %d processors, %.1f s of processor time; peak of resident memory %.0f MB\n",
		asking, lines, time.Since(start).Seconds(), runtime.GOMAXPROCS(0), (processor() - used).Seconds(), float64(u.Maxrss)/1000)
	return nil
}

// processor returns the processor time that was used so far.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
