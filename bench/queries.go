package main

import (
	"math/rand"
	"slices"
	"strings"

	"passerelle/internal/fold"
	"passerelle/internal/geo"
)

// A Query is a question of the mix: 20 % words, 10 % one typing error, 30 %
// trades within 20 km, 20 % a prefix and 25 trades within 30 km, 20 % the
// nearest 20 of a side. All but the last want the total, the count of each
// sector and the top 20.
type Query struct {
	Kind   string // text, typo, geo, mix, near
	Words  []string
	Prefix bool // the last word is a prefix
	Trades []int
	Point  geo.Point
	Radius float64
	Side   int
}

// An Answer is what a system found: Hits in order, Distance where the
// question has a point.
type Answer struct {
	Total int
	Facet [sectors]int
	Hits  []int32
}

// A System answers queries.
type System interface {
	Name() string
	Ask(q *Query) (Answer, error)
}

var kinds = []string{"text", "typo", "geo", "mix", "near"}

// queries makes n questions from documents drawn at random; the same corpus
// gives the same questions.
func queries(docs []Doc, n int) []Query {
	r := rand.New(rand.NewSource(int64(1000 + len(docs))))
	qs := make([]Query, n)
	for i := range qs {
		d := &docs[r.Intn(len(docs))]
		q := Query{Point: geo.Point{Lat: d.Point.Lat + r.NormFloat64()*.02, Lon: d.Point.Lon + r.NormFloat64()*.02}}
		switch p := i % 10; {
		case p < 2:
			q.Kind, q.Words, q.Prefix = "text", text(r, d), r.Intn(2) == 0
			if last := len(q.Words) - 1; q.Prefix && len(q.Words[last]) > 5 {
				q.Words[last] = q.Words[last][:4+r.Intn(len(q.Words[last])-4)]
			}
		case p < 3:
			q.Kind, q.Words = "typo", []string{mistype(r, word(r, d))}
		case p < 6:
			q.Kind, q.Radius, q.Trades = "geo", 20000, []int{d.Trade}
			for k := r.Intn(5); k > 0; k-- {
				q.Trades = append(q.Trades, r.Intn(craftTrades))
			}
		case p < 8:
			q.Kind, q.Radius, q.Prefix = "mix", 30000, true
			w := word(r, d)
			q.Words = []string{w[:min(len(w), 5)]}
			for t := d.Sector * 25; t < d.Sector*25+25; t++ {
				q.Trades = append(q.Trades, t)
			}
		default:
			q.Kind, q.Side = "near", r.Intn(2)
		}
		slices.Sort(q.Trades)
		q.Trades = slices.Compact(q.Trades)
		qs[i] = q
	}
	r.Shuffle(n, func(i, j int) { qs[i], qs[j] = qs[j], qs[i] })
	return qs
}

// longWords returns the folded words of s of at least three letters; names
// with œ are left out, because SQLite and PostgreSQL do not fold it.
func longWords(s string) []string {
	var out []string
	for _, w := range fold.Words(s) {
		if len(w) >= 3 && !strings.Contains(s, "œ") {
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		out = []string{"atelier"}
	}
	return out
}

func word(r *rand.Rand, d *Doc) string {
	ws := longWords(d.Name)
	return ws[r.Intn(len(ws))]
}

func text(r *rand.Rand, d *Doc) []string {
	ws := longWords(d.Name)
	switch x := r.Float64(); {
	case x < .35:
		return ws[len(ws)-1:]
	case x < .55:
		return ws[:1]
	case x < .75:
		return ws[:min(2, len(ws))]
	}
	return []string{ws[r.Intn(len(ws))], longWords(d.City)[0]}
}

// mistype makes one error in the middle of w: a letter lost, wrong or added.
func mistype(r *rand.Rand, w string) string {
	if len(w) < 5 {
		return w
	}
	b := []byte(w)
	j := 1 + r.Intn(len(b)-2)
	letter := 'a' + byte(r.Intn(26))
	switch r.Intn(3) {
	case 0:
		return string(slices.Delete(b, j, j+1))
	case 1:
		b[j] = letter
	default:
		b = slices.Insert(b, j, letter)
	}
	return string(b)
}
