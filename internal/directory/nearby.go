package directory

import (
	"fmt"
	"runtime"

	"passerelle/internal/directory/index"
	"passerelle/internal/directory/query"
	"passerelle/internal/register"
)

// Nearby returns the n establishments of a world (query.Any is either)
// nearest to s, nearest first, without those of its own legal unit. It is
// ErrPlaceless when s is a masked natural person, whose place its neighbours
// would tell, or when it has no position.
func (d *Directory) Nearby(s register.SIRET, world query.World, n int) ([]Hit, error) {
	e, err := d.Establishment(s)
	if err != nil {
		return nil, err
	}
	if e.Mask == MaskedPerson || e.Precision == Nowhere {
		return nil, fmt.Errorf("neighbours of %s: %w", s, ErrPlaceless)
	}
	v := d.served.Load()
	if v == nil {
		return nil, ErrNoSnapshot
	}
	r := index.Request{Near: &e.Point, Order: index.ByDistance}
	if world != query.Any {
		r.Filters = []index.Filter{{Dim: ByWorld, Values: []string{string(world)}}}
	}
	// Its own unit may stand between it and its neighbours: ask for as many
	// more.
	own := v.live.Group(uint64(s.SIREN()))
	r.Limit = n + len(own)
	a, err := v.live.Search(r)
	if err != nil {
		return nil, fmt.Errorf("neighbours of %s: %w", s, err)
	}
	all, err := hits(a.Hits)
	runtime.KeepAlive(v)
	if err != nil {
		return nil, fmt.Errorf("neighbours of %s: %w", s, err)
	}
	out := make([]Hit, 0, n)
	for _, h := range all {
		if h.SIREN() != s.SIREN() && len(out) < n {
			out = append(out, h)
		}
	}
	return out, nil
}
