package web

import (
	"bytes"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/directory/query"
)

// TestListWritesItsJSON holds the list that writes itself equal to what
// encoding/json makes of its shape.
func TestListWritesItsJSON(t *testing.T) {
	places, trades := directorytest.Places(t), directorytest.Trades(t)
	house := directorytest.Establishments()
	var claims []directory.Claim
	for _, e := range house {
		claims = append(claims, e.Claims...)
	}
	rapid.Check(t, func(t *rapid.T) {
		a := listAnswer{
			query: query.Query{Page: rapid.IntRange(1, 500).Draw(t, "page"), PerPage: 20}, places: places, trades: trades,
			result: directory.Result{
				Total: rapid.IntRange(0, 1e6).Draw(t, "total"), AsOf: clock.Day("2026-11-01"), WidenedTo: rapid.Float64Range(0, 1e5).Draw(t, "widened"),
				Facets: map[string][]directory.Count{
					directory.ByWorld:     {{Value: "craft", N: 3}, {Value: "both", N: 1}},
					directory.BySector:    {{Value: "making", N: 2}, {Value: "unheard of", N: 9}},
					directory.ByFamily:    {{Value: "mutual", N: rapid.IntRange(0, 99).Draw(t, "mutuals")}},
					directory.ByTerritory: {{Value: "artois", N: rapid.IntRange(0, 99).Draw(t, "n")}},
				},
			},
		}
		for range rapid.IntRange(0, 4).Draw(t, "hits") {
			h := directory.Hit{Establishment: rapid.SampledFrom(house).Draw(t, "one"), Distance: rapid.Float64Range(-1, 1e5).Draw(t, "far")}
			h.Name = rapid.String().Draw(t, "name")
			h.Sign = rapid.SampledFrom([]string{"", "<b>&\"\\\u2028\n\x01\xff", "L'Œuvre"}).Draw(t, "sign")
			h.Claims = rapid.SliceOfN(rapid.SampledFrom(claims), 0, 5).Draw(t, "claims")
			for _, label := range rapid.SliceOfN(rapid.SampledFrom([]string{"aci", "rge", "scop"}), 0, 4).Draw(t, "labels") {
				h.Marks = append(h.Marks, directory.Mark{Label: label})
			}
			h.NAFA = rapid.SampledFrom([]string{"", h.NAFA, "9999ZZ", "1071CZ"}).Draw(t, "nafa")
			h.Point.Lat = rapid.Float64Range(-90, 90).Draw(t, "lat")
			h.Mask = directory.Masking(rapid.IntRange(0, 2).Draw(t, "mask"))
			a.result.Hits = append(a.result.Hits, h)
		}
		want, err := json.Marshal(a.shape())
		if err != nil {
			t.Fatal(err)
		}
		if got := a.appendJSON(nil); !bytes.Equal(got, want) {
			t.Fatalf("the list writes\n%s\nencoding/json\n%s", got, want)
		}
	})
}
