package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// product asks the directory of a data folder the product's whole question:
// words, filters, place, the four facets of a page, twenty establishments
// read, under a living overlay of so many entries.
func product(dir string, entries, questions int) error {
	ctx := context.Background()
	places, err := place.Load()
	if err != nil {
		return err
	}
	trades, err := trade.Load()
	if err != nil {
		return err
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("bench-%d.db", os.Getpid()))
	defer os.Remove(path)
	d, err := db.Open(ctx, "sqlite:"+path)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	c := directory.Config{Dir: dir, Places: places, Trades: trades, DB: d, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)}
	start := time.Now()
	bare, err := directory.Open(ctx, c)
	if err != nil {
		return err
	}
	opened := time.Since(start)
	size := bare.Size()
	if err := overlay(ctx, d, bare, entries); err != nil {
		return err
	}
	if err := bare.Close(); err != nil {
		return err
	}
	start = time.Now()
	whole, err := directory.Open(ctx, c)
	if err != nil {
		return err
	}
	defer whole.Close()
	laid := time.Since(start)
	addresses, err := apiQueries(questions, "")
	if err != nil {
		return err
	}
	times := map[string][]time.Duration{}
	for round := range 2 { // the first warms up
		for i, address := range addresses {
			_, raw, _ := strings.Cut(address, "?")
			v, err := url.ParseQuery(raw)
			if err != nil {
				return err
			}
			begin := time.Now()
			q, err := query.ParseStrict(v, whole.Terms())
			if err != nil {
				return err
			}
			if _, err := whole.Search(q); err != nil {
				return err
			}
			took := time.Since(begin)
			if round == 0 {
				continue
			}
			kind := []string{"words", "words", "words", "trade + radius", "trade + radius", "trade + radius", "words + radius", "words + radius", "nearest", "nearest"}[i%10]
			times[kind] = append(times[kind], took)
			times["all"] = append(times["all"], took)
		}
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf("%d establishments, opened in %.0f ms; with %d entries of overlay in %.0f ms; heap %.0f MB\n", size, ms(opened), entries, ms(laid), float64(m.HeapAlloc)/1e6)
	for _, kind := range sortedKeys(map[string]int{"words": 0, "trade + radius": 0, "words + radius": 0, "nearest": 0, "all": 0}) {
		ds := times[kind]
		slices.Sort(ds)
		fmt.Printf("%-15s p50 %.3f  p95 %.3f  p99 %.3f  mean %.3f ms\n", kind, ms(at(ds, .5)), ms(at(ds, .95)), ms(at(ds, .99)), ms(mean(ds)))
	}
	return nil
}

// overlay writes entries over establishments found at random: words, a label,
// hidden, solicited.
func overlay(ctx context.Context, d *db.DB, from *directory.Directory, entries int) error {
	r := rand.New(rand.NewPCG(1, 2))
	var sirets []register.SIRET
	communes := from.Terms().Places.Communes()
	for len(sirets) < entries {
		c := communes[r.IntN(len(communes))]
		found, err := from.Search(query.Query{Communes: []string{c.Code}, PerPage: 100, Page: 1})
		if err != nil {
			return err
		}
		for _, h := range found.Hits {
			sirets = append(sirets, h.SIRET)
		}
		if found.Total == 0 && r.IntN(1000) == 0 {
			break
		}
	}
	slices.Sort(sirets)
	sirets = slices.Compact(sirets)
	return d.Write(ctx, func(t *db.Tx) error {
		version, err := t.Notice(ctx, "establishment_overlay")
		if err != nil {
			return err
		}
		for i, s := range sirets {
			words, labels, hidden, solicited := "", "[]", false, 0.0
			switch i % 10 {
			case 0:
				hidden = true
			case 1, 2:
				solicited = 1
			case 3, 4:
				labels = `["rge"]`
			default:
				words = "réparation sur place et livraison"
			}
			if _, err := t.Exec(ctx, `
				INSERT INTO establishment_overlay (siret, version, hidden, reason, words, labels, flags, wishes, resources, solicited, solicited_at, who, on_behalf, channel, changed_at)
				VALUES ($1, $2, $3, '', $4, $5, '[]', '[]', '[]', $6, $7, 'bench', '', 'bench', $7)`,
				int64(s), version, hidden, words, labels, solicited, db.Micros(time.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}
