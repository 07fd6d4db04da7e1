package web

import (
	"hash/maphash"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// A limiter lets each client address make so many requests a second, and a
// number of them at once: a bucket of tokens for each, refilled by time. A
// bucket that is full again is forgotten, so memory follows the clients of
// the last seconds, whatever their number over the day.
type limiter struct {
	rate, burst float64
	now         func() time.Time
	seed        maphash.Seed
	shards      [16]limiterShard
}

type limiterShard struct {
	mu      sync.Mutex
	buckets map[netip.Prefix]bucket
	swept   time.Time
}

type bucket struct {
	tokens float64
	at     time.Time
}

func newLimiter(l RateLimit, now func() time.Time) *limiter {
	if l.PerSecond <= 0 {
		return nil
	}
	m := &limiter{rate: l.PerSecond, burst: float64(max(1, l.Burst)), now: now, seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].buckets = make(map[netip.Prefix]bucket)
	}
	return m
}

// take reports whether client may make a request now, else the whole seconds
// until it may.
func (m *limiter) take(client netip.Addr) (ok bool, wait int) {
	who := clientOf(client)
	now := m.now()
	sh := &m.shards[maphash.Comparable(m.seed, who)%uint64(len(m.shards))]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	full := time.Duration(m.burst / m.rate * float64(time.Second))
	if now.Sub(sh.swept) > full {
		for k, b := range sh.buckets {
			if now.Sub(b.at) > full {
				delete(sh.buckets, k)
			}
		}
		sh.swept = now
	}
	b, known := sh.buckets[who]
	if !known {
		b.tokens = m.burst
	} else {
		b.tokens = min(m.burst, b.tokens+m.rate*max(0, now.Sub(b.at).Seconds()))
	}
	b.at = now
	if ok = b.tokens >= 1; ok {
		b.tokens--
	} else {
		wait = max(1, int(math.Ceil((1-b.tokens)/m.rate)))
	}
	sh.buckets[who] = b
	return ok, wait
}

// clientOf returns what counts as one client: an IPv4 address, or the /64 that
// a subscriber of IPv6 is given.
func clientOf(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.WithZone("").Prefix(bits)
	if err != nil {
		return netip.Prefix{} // no address at all: all such share one bucket
	}
	return p
}

// clientAddr returns the address a request comes from. X-Forwarded-For is
// believed from the trusted proxies only: from its end, the first address that
// is not a trusted proxy's is the client's.
func (s *Server) clientAddr(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	at := peer.Addr().Unmap()
	if !s.trusted(at) {
		return at
	}
	lines := r.Header.Values("X-Forwarded-For")
	for i := len(lines) - 1; i >= 0; i-- {
		hops := strings.Split(lines[i], ",")
		for j := len(hops) - 1; j >= 0; j-- {
			a, err := parseHop(strings.TrimSpace(hops[j]))
			if err != nil {
				return at
			}
			if at = a; !s.trusted(a) {
				return a
			}
		}
	}
	return at
}

// parseHop reads an address of X-Forwarded-For, which some proxies write with
// a port.
func parseHop(s string) (netip.Addr, error) {
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().Unmap(), nil
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap(), err
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, p := range s.config.TrustedProxy {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
