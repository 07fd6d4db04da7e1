package directory

import (
	"cmp"
	"encoding/binary"
	"slices"

	"passerelle/internal/register"
)

// A list says which establishments or units something is true of. Entries are
// sorted by SIREN.
type list struct {
	source  *sourceFile
	entries []listEntry
	matched []bool
}

// A listEntry is one row of a list: of an establishment when it has a NIC, of
// a unit otherwise. Whole says that a unit's row stands for all its
// establishments, and not for its head office only.
type listEntry struct {
	SIREN register.SIREN
	NIC   uint32 // 0 without one; no establishment has that number
	Whole bool
	Kind  string
}

// entriesPart holds the entries of a list, of the national register, or the
// facts of the stock.
const entriesPart = "entries"

func (e *listEntry) appendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(e.SIREN))
	n := uint64(e.NIC) << 1
	if e.Whole {
		n |= 1
	}
	return appendText(binary.AppendUvarint(b, n), e.Kind)
}

func compareEntries(a, b listEntry) int {
	return cmp.Or(cmp.Compare(a.SIREN, b.SIREN), cmp.Compare(a.NIC, b.NIC), cmp.Compare(a.Kind, b.Kind))
}

// openList reads the entries of a list.
func openList(s *sourceFile) (*list, error) {
	l := &list{source: s}
	kinds := make(map[string]string)
	err := s.entries(entriesPart, func(b []byte) error {
		d := decoder{s: string(b)}
		siren, n, kind := d.uvarint(), d.uvarint(), d.text()
		if d.err != nil {
			return d.err
		}
		if k, ok := kinds[kind]; ok {
			kind = k
		} else {
			kinds[kind] = kind
		}
		l.entries = append(l.entries, listEntry{register.SIREN(siren), uint32(n >> 1), n&1 != 0, kind})
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(l.entries, compareEntries)
	l.matched = make([]bool, len(l.entries))
	return l, nil
}

// of returns the entries of a unit.
func (l *list) of(siren register.SIREN) (from, to int) {
	from, _ = slices.BinarySearchFunc(l.entries, siren, func(e listEntry, s register.SIREN) int { return cmp.Compare(e.SIREN, s) })
	for to = from; to < len(l.entries) && l.entries[to].SIREN == siren; to++ {
	}
	return from, to
}

// listings says what the list tells of the establishments of one unit, one
// Listing at most for each. An establishment that is named and not there (it
// closed or moved, or its number is wrong) leaves its place to the unit's
// head office; fallen counts those.
func (l *list) listings(unit []Facts, out [][]Listing) (fallen int) {
	from, to := l.of(unit[0].SIRET.SIREN())
	if from == to {
		return 0
	}
	head := max(0, slices.IndexFunc(unit, func(f Facts) bool { return f.Head }))
	m := &l.source.meta
	add := func(i int, kind string) {
		x := slices.IndexFunc(out[i], func(x Listing) bool { return x.Label == m.Label })
		if x < 0 {
			x = len(out[i])
			out[i] = append(out[i], Listing{Label: m.Label, ESS: m.ESS, AsOf: m.AsOf})
		}
		if kinds := &out[i][x].Kinds; kind != "" && !slices.Contains(*kinds, kind) {
			*kinds = append(*kinds, kind)
		}
	}
	for n := from; n < to; n++ {
		e := l.entries[n]
		l.matched[n] = true
		if e.Whole {
			for i := range unit {
				add(i, e.Kind)
			}
			continue
		}
		i := slices.IndexFunc(unit, func(f Facts) bool { return uint32(f.SIRET.NIC()) == e.NIC })
		if i < 0 {
			if e.NIC != 0 {
				fallen++
			}
			i = head
		}
		add(i, e.Kind)
	}
	return fallen
}
