package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"passerelle/internal/geo"
	"passerelle/internal/place"
)

// apiQueries makes addresses of the API in the mix of queries.go, over true
// communes and the words people type.
func apiQueries(n int, department string) ([]string, error) {
	atlas, err := place.Load()
	if err != nil {
		return nil, err
	}
	var points []geo.Point
	for _, c := range atlas.Communes() {
		if department == "" || c.Department == department {
			points = append(points, c.Centre)
		}
	}
	words := []string{"boulanger", "menuiserie", "garage", "coiffeur", "plomb", "maçon", "boulangr", "association sport", "atelier", "recyclerie", "dupont", "peinture", "couvreur", "fleuriste", "taxi"}
	trades := []string{"10.71C", "43.32A", "45.20A", "96.02A", "43.22A", "43.99C", "43.21A", "43.34Z"}
	r := rand.New(rand.NewSource(7))
	out := make([]string, n)
	for i := range out {
		p := points[r.Intn(len(points))]
		v := url.Values{}
		near := func(km int) {
			v.Set("lat", strconv.FormatFloat(p.Lat, 'f', 5, 64))
			v.Set("lon", strconv.FormatFloat(p.Lon, 'f', 5, 64))
			if km > 0 {
				v.Set("radius_km", strconv.Itoa(km))
			}
		}
		switch k := i % 10; {
		case k < 3:
			v.Set("q", words[r.Intn(len(words))])
		case k < 6:
			v.Set("trade", trades[r.Intn(len(trades))])
			near(20)
		case k < 8:
			v.Set("q", words[r.Intn(len(words))])
			near(30)
		default:
			v.Set("world", []string{"craft", "ess"}[r.Intn(2)])
			v.Set("sort", "distance")
			near(0)
		}
		out[i] = "/api/v1/establishments?" + v.Encode()
	}
	return out, nil
}

// load asks base for the addresses with a number of clients for a while and
// prints the rate and the latencies. An answer other than 200 ends it.
func load(ctx context.Context, w io.Writer, base string, paths []string, clients int, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients, DisableCompression: true}}
	var mu sync.Mutex
	var all []time.Duration
	var failure error
	var wg sync.WaitGroup
	start := time.Now()
	for c := range clients {
		wg.Go(func() {
			var mine []time.Duration
			for i := c; ctx.Err() == nil; i += clients {
				t := time.Now()
				err := fetch(ctx, client, base+paths[i%len(paths)])
				if ctx.Err() != nil {
					break
				}
				if err != nil {
					mu.Lock()
					failure = err
					mu.Unlock()
					cancel()
					break
				}
				mine = append(mine, time.Since(t))
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	if failure != nil {
		return failure
	}
	took := time.Since(start)
	slices.Sort(all)
	_, err := fmt.Fprintf(w, "%d clients, %d requests in %.1f s: %.0f requests/s; p50 %.2f ms, p95 %.2f ms, p99 %.2f ms, max %.1f ms\n",
		clients, len(all), took.Seconds(), float64(len(all))/took.Seconds(), ms(at(all, .5)), ms(at(all, .95)), ms(at(all, .99)), ms(all[len(all)-1]))
	return err
}

func fetch(ctx context.Context, c *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", address, res.Status)
	}
	return nil
}

// partnerPaths finds establishments by questions of the mix, and asks for the
// partners of each within 20 or 30 km.
func partnerPaths(base string, questions []string) ([]string, error) {
	var out []string
	for i := 3; i < len(questions) && len(out) < 2000; i += 10 { // of trades within a radius
		for _, question := range []string{questions[i] + "&per_page=3", questions[i+5] + "&per_page=2"} { // and the nearest of a world
			res, err := http.Get(base + question)
			if err != nil {
				return nil, err
			}
			var list struct {
				Results []struct {
					SIRET string `json:"siret"`
				} `json:"results"`
			}
			err = errors.Join(json.NewDecoder(res.Body).Decode(&list), res.Body.Close())
			if err != nil {
				return nil, fmt.Errorf("%s: %w", question, err)
			}
			for _, r := range list.Results {
				out = append(out, fmt.Sprintf("/api/v1/establishments/%s/partners?radius_km=%d", r.SIRET, 20+10*(len(out)%2)))
			}
		}
	}
	return out, nil
}
