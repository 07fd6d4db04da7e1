package partner

import (
	"cmp"
	"slices"

	"passerelle/internal/match"
	"passerelle/internal/register"
)

// A candidate is an establishment that was scored.
type candidate struct {
	worth   uint16 // total in hundredths of a point
	siret   register.SIRET
	metres  float64
	busy    float32
	said    bool  // its people have said something
	answers uint8 // per cent of what it is asked
	fresh   bool  // within a year
	layer   uint8
	doc     uint32 // of the layer; of the loud ones, their number
	figures match.Figures
	minutes int32 // by road; unsaid where that is not known
}

// better orders candidates, best first: by the exact sum, then who has said
// something, who answers what they are asked, who has confirmed it within a year, who was asked least, who is
// nearest, and the SIRET, which is arbitrary and the same for everyone.
func better(a, b *candidate) int {
	if a.worth != b.worth {
		return cmp.Compare(b.worth, a.worth)
	}
	return cmp.Or(first(a.said, b.said), cmp.Compare(b.answers, a.answers), first(a.fresh, b.fresh), cmp.Compare(a.busy, b.busy), cmp.Compare(a.metres, b.metres), cmp.Compare(a.siret, b.siret))
}

func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// A top holds the best so far, at most one of each legal unit, best first.
type top struct {
	size int
	list []candidate
}

// least returns the total, in hundredths of a point, that a candidate must
// have to be worth scoring; 0 while there is room.
func (t *top) least() int {
	if len(t.list) < t.size {
		return 0
	}
	return int(t.list[len(t.list)-1].worth)
}

// offer considers a candidate.
func (t *top) offer(c *candidate) {
	full := len(t.list) == t.size
	if full && better(c, &t.list[len(t.list)-1]) > 0 {
		return
	}
	siren := c.siret.SIREN()
	for i := range t.list {
		if t.list[i].siret.SIREN() != siren {
			continue
		}
		if better(c, &t.list[i]) >= 0 {
			return
		}
		t.list = slices.Delete(t.list, i, i+1)
		full = false
		break
	}
	if full {
		t.list = t.list[:len(t.list)-1]
	}
	i := len(t.list)
	for i > 0 && better(c, &t.list[i-1]) < 0 {
		i--
	}
	t.list = slices.Insert(t.list, i, *c)
}
