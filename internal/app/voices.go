package app

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/match"
	"passerelle/internal/profile"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// voices keeps what people said in memory, as it is in the database.
type voices struct {
	Profiles *profile.Profiles
	Trades   *trade.Table
	Clock    clock.Clock

	mu      sync.Mutex // held by Refresh
	known   map[register.SIRET]profile.Profile
	latest  time.Time   // that anything known was confirmed
	whole   time.Time   // when all was read
	anew    atomic.Bool // all is to be read anew
	heard   sync.RWMutex
	said    map[register.SIRET]*match.Said // never changed, only replaced
	version uint64
}

// readAnew is how often all is read again: people's words age, and what was
// erased on another node is forgotten here.
const readAnew = 10 * time.Minute

// Said returns what people said, and a number that changes whenever it does
// and is the same on every node that heard the same; 0 when nobody spoke.
func (v *voices) Said() (map[register.SIRET]*match.Said, uint64) {
	v.heard.RLock()
	defer v.heard.RUnlock()
	return v.said, v.version
}

// Forget makes the next Refresh read everything anew, because something was
// erased. It waits for nobody: it is called within transactions.
func (v *voices) Forget() { v.anew.Store(true) }

// Refresh takes what was said since it was last called.
func (v *voices) Refresh(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.Clock.Now()
	since := v.latest
	if v.anew.Swap(false) || now.Sub(v.whole) >= readAnew {
		since = time.Time{}
	}
	list, all, err := v.Profiles.Since(ctx, since)
	if err != nil {
		return err
	}
	fresh := 0
	for i := range list {
		if had, ok := v.known[list[i].SIRET]; !ok || !had.ConfirmedAt.Equal(list[i].ConfirmedAt) || !had.ChangedAt.Equal(list[i].ChangedAt) {
			fresh++
		}
	}
	known := make(map[register.SIRET]profile.Profile, all)
	if !since.IsZero() {
		if fresh == 0 && len(v.known) == all {
			return nil
		}
		maps.Copy(known, v.known)
	}
	for i := range list {
		known[list[i].SIRET] = list[i].Profile
	}
	if len(known) != all { // some were erased
		if list, _, err = v.Profiles.Since(ctx, time.Time{}); err != nil {
			return err
		}
		since = time.Time{}
		clear(known)
		for i := range list {
			known[list[i].SIRET] = list[i].Profile
		}
	}
	if since.IsZero() {
		v.whole = now
	}
	v.take(known, now)
	return nil
}

// take makes known what is heard from now on.
func (v *voices) take(known map[register.SIRET]profile.Profile, now time.Time) {
	said, version := make(map[register.SIRET]*match.Said), uint64(0)
	v.known, v.latest = known, time.Time{}
	for siret, p := range known {
		if p.ConfirmedAt.After(v.latest) {
			v.latest = p.ConfirmedAt
		}
		if s := saidIn(&p, v.Trades, now); s != nil {
			said[siret] = s
			h := fnv.New64a()
			fmt.Fprintln(h, siret, p.ChangedAt.UnixMicro(), p.ConfirmedAt.UnixMicro(), s.Fresh)
			version += h.Sum64() // in whatever order
		}
	}
	v.heard.Lock()
	defer v.heard.Unlock()
	v.said, v.version = said, version
}

// saidIn returns what a profile says as far as partners go; nil when it sleeps
// or says nothing of that.
func saidIn(p *profile.Profile, trades *trade.Table, now time.Time) *match.Said {
	s := match.Said{
		Buys: cutAtCommas(p.Buys), Sells: cutAtCommas(p.Sells), Resources: p.Resources,
		Visits: p.Visits, Apprentices: p.Apprentices, BuysTrades: p.BuysTrades(trades), SellsTrades: p.SellsTrades(trades),
	}
	switch p.Zone {
	case "everywhere":
		s.ZoneKM = -1
	case profile.InTerritories:
		s.Territories = p.Territories
	default:
		s.ZoneKM, _ = strconv.Atoi(p.Zone) // empty is 0, not said
	}
	state := p.State(now)
	if state == profile.Sleeping || len(s.Buys)+len(s.Sells)+len(s.Resources)+len(s.Territories) == 0 && s.ZoneKM == 0 && !s.Visits && !s.Apprentices {
		return nil
	}
	s.Fresh = state == profile.Fresh
	return &s
}

func cutAtCommas(text string) (words []string) {
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}
