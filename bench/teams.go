package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/place"
	"passerelle/internal/team"
	"passerelle/internal/trade"
)

// teamTrades are what the lots of a request are drawn from: those of building
// sites and of what is done around them.
var teamTrades = []string{
	"electricien", "plombier", "menuisier", "carreleur", "peintre", "macon", "couvreur", "charpentier", "platrier", "serrurier", "vitrier", "nettoyage", "paysagiste",
	"43.21A", "43.22A", "43.22B", "43.32A", "43.34Z", "43.99C", "81.21Z", "81.30Z", "4334ZB", "4332AB", "demenageur", "imprimeur", "boulanger", "traiteur", "tapissier", "couturier",
}

// teamsBench asks for teams of eight lots within 30 km of the densest city, in
// the directory of a data folder.
func teamsBench(w io.Writer, dir string, questions int) error {
	places, err := place.Load()
	if err != nil {
		return err
	}
	trades, err := trade.Load()
	if err != nil {
		return err
	}
	d, err := directory.Open(context.Background(), directory.Config{Dir: dir, Places: places, Trades: trades, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer d.Close()
	f := &team.Finder{Directory: d, Trades: trades}
	known := slices.DeleteFunc(slices.Clone(teamTrades), func(name string) bool { _, ok := f.Trade(name); return !ok })
	paris, _ := places.Commune("75056")
	for _, heads := range []bool{false, true} {
		rng := rand.New(rand.NewPCG(1, 2))
		var times []time.Duration
		proven, searched, nodes, found := 0, 0, 0, 0
		for n := range questions + 50 { // the first ones warm up
			j := team.Job{Site: paris.Centre, Radius: 30_000, MemberCost: team.DefaultMemberCost, Social: rng.IntN(2) == 0, Most: []int{0, 3, 4, 5, 6}[rng.IntN(5)]}
			j.Site.Lat += .1 * (rng.Float64() - .5)
			j.Site.Lon += .15 * (rng.Float64() - .5)
			for range 8 {
				l := team.Lot{Trade: known[rng.IntN(len(known))]}
				if heads {
					l.Heads = rng.IntN(6)
				}
				j.Lots = append(j.Lots, l)
			}
			start := time.Now()
			a, err := f.Find(context.Background(), j)
			took := time.Since(start)
			if err != nil {
				return err
			}
			if n < 50 {
				continue
			}
			times = append(times, took)
			searched += a.Searched
			nodes = max(nodes, a.Nodes)
			if len(a.Teams) > 0 {
				found++
				if a.Teams[0].Optimal {
					proven++
				}
			}
		}
		slices.Sort(times)
		at := func(share float64) float64 { return ms(times[int(share*float64(len(times)-1))]) }
		fmt.Fprintf(w, "%d establishments, %d trades, heads %v: p50 %.2f ms, p95 %.2f, p99 %.2f, most %.2f; %d of %d found proven; %d firms around on average; %d partial teams at most\n",
			d.Size(), len(known), heads, at(.5), at(.95), at(.99), at(1), proven, found, searched/questions, nodes)
	}
	return nil
}
