package app

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"sync/atomic"

	"passerelle/internal/exchange"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// Responses are how establishments answer what they are asked: read from the
// requests themselves, so that no count goes wrong, and what is erased or
// handed over is counted no more, or for the successor.
type responses struct {
	house *house
	known atomic.Pointer[known]
}

// known is what was read last. It is never changed.
type known struct {
	of      map[register.SIRET]match.Answered // who got a request at all
	rates   map[register.SIRET]uint8          // of whom enough is known
	version string                            // of rates; empty when there are none
}

// Refresh reads how everybody answers.
func (a *responses) Refresh(ctx context.Context) error {
	all := make(map[register.SIRET]match.Answered)
	for _, read := range []func(context.Context) (map[register.SIRET]match.Answered, error){
		a.house.Introductions.Answered, a.house.Needs.Answered,
		func(ctx context.Context) (map[register.SIRET]match.Answered, error) {
			return a.house.Projects.Answered(ctx, a.house.Introductions.Clock.Now().Add(-exchange.AnsweredFor))
		},
	} {
		some, err := read(ctx)
		if err != nil {
			return err
		}
		for s, one := range some {
			all[s] = all[s].Add(one)
		}
	}
	k := &known{of: all, rates: make(map[register.SIRET]uint8)}
	sum := fnv.New64a()
	for _, s := range slices.Sorted(maps.Keys(all)) {
		if all[s].Known() {
			k.rates[s] = uint8(all[s].Rate())
			fmt.Fprintln(sum, s, all[s].Rate())
		}
	}
	if len(k.rates) > 0 {
		k.version = strconv.FormatUint(sum.Sum64(), 36)
	}
	a.known.Store(k)
	return nil
}

// Of returns how an establishment answers. It is told to its own people only.
func (a *responses) Of(s register.SIRET) match.Answered { return a.now().of[s] }

// Rates returns the rates of those of whom enough is known, and their version.
func (a *responses) Rates() (map[register.SIRET]uint8, string) {
	k := a.now()
	return k.rates, k.version
}

func (a *responses) now() *known {
	if k := a.known.Load(); k != nil {
		return k
	}
	return &known{}
}
