package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// duel puts every query to all systems in turn, so that the noise of the
// machine hits all alike and each finds the caches of the processor as the
// others left them; or, apart, all queries to one system after the other, as
// each would run on a machine of its own. It prints latencies, ratios and
// disagreements.
func duel(w io.Writer, systems []System, qs []Query, limit time.Duration, apart bool) error {
	for _, s := range systems { // warm up
		for i := range min(60, len(qs)) {
			if _, err := s.Ask(&qs[len(qs)-1-i]); err != nil && !errors.Is(err, errUnsupported) {
				return fmt.Errorf("%s: %w", s.Name(), err)
			}
		}
	}
	times := make([]map[string][]time.Duration, len(systems))
	for i := range times {
		times[i] = map[string][]time.Duration{}
	}
	differ := map[string]int{}
	first := make([]*Answer, len(qs)) // of the first system
	start := time.Now()
	ask := func(i, k int) error {
		q, s := &qs[i], systems[k]
		t := time.Now()
		a, err := s.Ask(q)
		d := time.Since(t)
		if errors.Is(err, errUnsupported) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name(), err)
		}
		times[k][q.Kind] = append(times[k][q.Kind], d)
		if k == 0 {
			first[i] = &a
			return nil
		}
		if first[i] == nil {
			return nil
		}
		if a.Total != first[i].Total || a.Facet != first[i].Facet {
			differ[s.Name()+" "+q.Kind+" totals"]++
		}
		// Words are ranked by each system's own taste; places are not.
		if q.Kind != "text" && q.Kind != "typo" && !slices.Equal(a.Hits, first[i].Hits) {
			differ[s.Name()+" "+q.Kind+" lists"]++
		}
		return nil
	}
	if apart {
		for k := range systems {
			begun := time.Now()
			for i := range qs {
				if time.Since(begun) > limit {
					fmt.Fprintf(w, "%s was stopped after %d of %d questions, as told by the time limit\n", systems[k].Name(), i, len(qs))
					break
				}
				if err := ask(i, k); err != nil {
					return err
				}
			}
		}
	} else {
		for i := range qs {
			if time.Since(start) > limit {
				fmt.Fprintf(w, "stopped after %d of %d questions, as told by the time limit\n", i, len(qs))
				break
			}
			for k := range systems {
				if err := ask(i, k); err != nil {
					return err
				}
			}
		}
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "class\tsystem\tp50 ms\tp95 ms\tp99 ms\tmean ms\tratio of means")
	for _, kind := range kinds {
		ours := mean(times[0][kind])
		for k, s := range systems {
			ds := times[k][kind]
			if len(ds) == 0 {
				continue
			}
			slices.Sort(ds)
			fmt.Fprintf(tw, "%s\t%s\t%.3f\t%.3f\t%.3f\t%.4f\t%.1f×\n", kind, s.Name(), ms(at(ds, .5)), ms(at(ds, .95)), ms(at(ds, .99)), ms(mean(ds)), float64(mean(ds))/float64(ours))
		}
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, k := range sortedKeys(differ) {
		fmt.Fprintf(w, "differs from %s: %s in %d questions\n", systems[0].Name(), k, differ[k])
	}
	return nil
}

func sortedKeys(m map[string]int) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func at(sorted []time.Duration, p float64) time.Duration {
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

func mean(ds []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range ds {
		sum += d
	}
	return sum / time.Duration(max(1, len(ds)))
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
