package index

import (
	"cmp"
	"math"
	"math/rand"
	"slices"
	"testing"
)

// A document is found by its identifier, and none by another one, however
// identifiers are spread.
func TestDocOfAnySpread(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	spreads := map[string]func() uint64{
		"even":    func() uint64 { return 30_000_000_000_000 + uint64(r.Int63n(70_000_000_000_000)) },
		"crowded": func() uint64 { return uint64(r.Intn(8))*10_000_000_000_000 + uint64(r.Intn(3000)) },
		"uneven":  func() uint64 { return uint64(math.Exp(43 * r.Float64())) },
		"ends":    func() uint64 { return []uint64{0, 1, math.MaxUint64 - 1, math.MaxUint64}[r.Intn(4)] },
	}
	for name, draw := range spreads {
		for _, n := range []int{0, 1, 2, 3, 5000} {
			x, seen := &Index{}, map[uint64]int{}
			for range n {
				if id := draw(); seen[id] == 0 {
					x.ids = append(x.ids, id)
					x.idOrder = append(x.idOrder, uint32(len(x.ids)-1))
					seen[id] = len(x.ids)
				}
			}
			slices.SortFunc(x.idOrder, func(a, b uint32) int { return cmp.Compare(x.ids[a], x.ids[b]) })
			asked := []uint64{0, 1, math.MaxUint64 - 1, math.MaxUint64}
			for _, id := range x.ids {
				asked = append(asked, id-1, id, id+1, draw())
			}
			for _, id := range asked {
				if got, want := x.doc(id), seen[id]-1; got != want {
					t.Errorf("%s, %d documents: %d is found at %d, want %d", name, n, id, got, want)
				}
			}
		}
	}
}
