package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"passerelle/internal/directory/directorytest"
)

const aList = "/api/v1/establishments?department=62"

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	for _, path := range []string{aList, "/api/v1/establishments?world=x", "/api/v1/nothing", "/", "/annuaire", "/nulle-part", "/healthz", "/api/openapi.json"} {
		head := request{path: path}.send(h).Header
		policy := head.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: https://tiles.example", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("GET %s: the policy %q lacks %s", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("GET %s: the policy %q lets scripts in", path, policy)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "strict-origin-when-cross-origin", "X-Frame-Options": "DENY",
			"Cross-Origin-Opener-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got := head.Get(name); got != want {
				t.Errorf("GET %s: %s %q, want %q", path, name, got, want)
			}
		}
	}
	plain := openAPIHouse(t, directorytest.House(t), func(c *Config) { c.BaseURL.Scheme = "http" }).Handler()
	if got := (request{path: "/healthz"}).send(plain).Header.Get("Strict-Transport-Security"); got != "" {
		t.Errorf("a house on plain HTTP asks for HTTPS: %q", got)
	}
}

func TestOtherSitesMayReadTheAPIAndNothingElse(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), func(c *Config) { c.RateLimit = RateLimit{PerSecond: 1, Burst: 3} }).Handler()
	origin := map[string]string{"Origin": "https://other.example"}
	for i, c := range []struct {
		path   string
		status int
	}{{aList, 200}, {"/api/v1/nothing", 404}, {"/api/v1/establishments?world=x", 400}, {aList, 429}, {aList + "&q=" + strings.Repeat("x", maxQuery), 414}} {
		res := request{path: c.path, header: origin}.send(h)
		if res.StatusCode != c.status || res.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%d: status %d, allowed to %q; want %d to all", i, res.StatusCode, res.Header.Get("Access-Control-Allow-Origin"), c.status)
		}
		if exposed := res.Header.Get("Access-Control-Expose-Headers"); !strings.Contains(exposed, "Retry-After") {
			t.Errorf("%d: exposes %q", i, exposed)
		}
	}
	res := request{method: "OPTIONS", path: aList, header: map[string]string{"Origin": "https://other.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}}.send(h)
	if res.StatusCode != http.StatusNoContent || !strings.Contains(res.Header.Get("Access-Control-Allow-Methods"), "GET") || res.Header.Get("Access-Control-Max-Age") == "" {
		t.Errorf("preflight: %d %v", res.StatusCode, res.Header)
	}
	for _, path := range []string{"/", "/annuaire"} {
		if res := (request{path: path, header: origin}).send(h); res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("GET %s may be read by other sites", path)
		}
	}
}

func TestActsFromOtherSitesAreRefused(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	for _, c := range []struct {
		header map[string]string
		status int
	}{
		{map[string]string{"Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		{map[string]string{"Origin": "https://other.example"}, http.StatusForbidden},
		{map[string]string{"Origin": "https://passerelle.example", "Sec-Fetch-Site": "same-origin"}, http.StatusMethodNotAllowed},
	} {
		if res := (request{method: "POST", path: aList, header: c.header}).send(h); res.StatusCode != c.status {
			t.Errorf("POST with %v: status %d, want %d", c.header, res.StatusCode, c.status)
		}
	}
}

func TestOtherMethods(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		for _, path := range []string{aList, "/api/openapi.json", "/healthz"} {
			res := request{method: method, path: path}.send(h)
			if res.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(res.Header.Get("Allow"), "GET") || res.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s %s: %d, Allow %q, %s", method, path, res.StatusCode, res.Header.Get("Allow"), res.Header.Get("Content-Type"))
			}
		}
	}
	full, head := request{path: aList}.send(h), request{method: "HEAD", path: aList}.send(h)
	if head.StatusCode != http.StatusOK || head.Header.Get("ETag") == "" || head.Header.Get("ETag") != full.Header.Get("ETag") ||
		head.Header.Get("Content-Length") != full.Header.Get("Content-Length") {
		t.Errorf("HEAD: %d %v\nGET: %v", head.StatusCode, head.Header, full.Header)
	}
}

// HEAD over a real connection has the head of GET and no body.
func TestHeadHasNoBody(t *testing.T) {
	server := httptest.NewServer(openAPIHouse(t, directorytest.House(t), nil).Handler())
	defer server.Close()
	for _, coding := range []string{"identity", "gzip"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, server.URL+aList, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", coding)
		res, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if body := bodyOf(t, res); body != "" || res.StatusCode != http.StatusOK || res.Header.Get("ETag") == "" {
			t.Errorf("HEAD as %s: %d, %d bytes", coding, res.StatusCode, len(body))
		}
		res.Body.Close()
	}
}

func TestWhoHasTheAnswerIsToldSo(t *testing.T) {
	dir := directorytest.House(t)
	h := openAPIHouse(t, dir, nil).Handler()
	for _, path := range []string{aList, "/api/v1/establishments/" + directorytest.Amina.String(), "/api/v1/territories", "/api/openapi.json", "/annuaire", "/"} {
		first := request{path: path}.send(h)
		tag := first.Header.Get("ETag")
		if tag == "" || first.Header.Get("Cache-Control") == "" {
			t.Errorf("GET %s: ETag %q, Cache-Control %q", path, tag, first.Header.Get("Cache-Control"))
			continue
		}
		for _, had := range []string{tag, `"other", ` + tag, strings.TrimPrefix(tag, "W/"), "*"} {
			res := request{path: path, header: map[string]string{"If-None-Match": had}}.send(h)
			if body := bodyOf(t, res); res.StatusCode != http.StatusNotModified || body != "" || res.Header.Get("ETag") != tag || !strings.Contains(res.Header.Get("Vary"), "Accept-Encoding") {
				t.Errorf("GET %s with If-None-Match %s: %d, %d bytes, %v", path, had, res.StatusCode, len(body), res.Header)
			}
		}
		if res := (request{path: path, header: map[string]string{"If-None-Match": `"other"`}}).send(h); res.StatusCode != http.StatusOK {
			t.Errorf("GET %s with another tag: %d", path, res.StatusCode)
		}
	}
	if res := (request{path: "/api/v1/establishments/35600000000048", header: map[string]string{"If-None-Match": "*"}}).send(h); res.StatusCode != http.StatusNotFound {
		t.Errorf("what is not there is said to be unchanged: %d", res.StatusCode)
	}
	directorytest.Write(t, dir, "2026-12-01", directorytest.Establishments())
	other := openAPIHouse(t, dir, nil).Handler()
	if (request{path: aList}).send(other).Header.Get("ETag") == (request{path: aList}).send(h).Header.Get("ETag") {
		t.Error("another register has the same tag")
	}
}

func TestCompression(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	want := bodyOf(t, request{path: aList}.send(h))
	for _, c := range []struct{ accept, coding string }{
		{"", ""},
		{"identity", ""},
		{"gzip", "gzip"},
		{"br", "br"},
		{"gzip, deflate, br, zstd", "br"},
		{"gzip;q=1.0, br;q=0.5", "gzip"},
		{"br;q=0, gzip", "gzip"},
		{"*", "br"},
		{"*;q=0", ""},
		{"gzip;q=0", ""},
		{"gzip;q=wrong", ""},
		{"GZIP", "gzip"},
		{"zstd", ""},
	} {
		res := request{path: aList, header: map[string]string{"Accept-Encoding": c.accept}}.send(h)
		if got := res.Header.Get("Content-Encoding"); got != c.coding || !strings.Contains(res.Header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("accepting %q: %q, Vary %q; want %q", c.accept, got, res.Header.Get("Vary"), c.coding)
			continue
		}
		packed := bodyOf(t, res)
		var r io.Reader = strings.NewReader(packed)
		switch c.coding {
		case "gzip":
			g, err := gzip.NewReader(r)
			if err != nil {
				t.Errorf("accepting %q: %v", c.accept, err)
				continue
			}
			r = g
		case "br":
			r = brotli.NewReader(r)
		}
		body, err := io.ReadAll(r)
		if err != nil || string(body) != want {
			t.Errorf("accepting %q: %v, %d bytes, want %d", c.accept, err, len(body), len(want))
		}
		if c.coding != "" && len(packed) > len(want)/2 {
			t.Errorf("%s makes %d bytes of %d", c.coding, len(packed), len(want))
		}
	}
	if res := (request{path: "/healthz", header: map[string]string{"Accept-Encoding": "gzip"}}).send(h); res.Header.Get("Content-Encoding") != "" {
		t.Error("three bytes are compressed")
	}
}

// A moving clock is moved by its test.
type movingClock struct{ now time.Time }

func (c *movingClock) Now() time.Time { return c.now }

func TestTooManyRequests(t *testing.T) {
	now := &movingClock{today.Now()}
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	s := openAPIHouse(t, directorytest.House(t), func(c *Config) {
		c.RateLimit, c.Clock, c.TrustedProxy = RateLimit{PerSecond: 0.5, Burst: 3}, now, proxy
	})
	h := s.Handler()
	ask := func(from, forwarded, path string) *http.Response {
		r := request{path: path, from: from, header: map[string]string{}}
		if forwarded != "" {
			r.header["X-Forwarded-For"] = forwarded
		}
		return r.send(h)
	}
	exhaust := func(from, forwarded string) {
		t.Helper()
		for range 3 {
			if res := ask(from, forwarded, aList); res.StatusCode != http.StatusOK {
				t.Fatalf("%s for %q: status %d within the burst", from, forwarded, res.StatusCode)
			}
		}
		res := ask(from, forwarded, aList)
		if body := bodyOf(t, res); res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") != "2" || !strings.Contains(body, "problem:rate") {
			t.Fatalf("%s for %q: status %d, Retry-After %q, %s", from, forwarded, res.StatusCode, res.Header.Get("Retry-After"), body)
		}
	}
	exhaust("192.0.2.1:1000", "")
	if res := ask("192.0.2.1:2000", "198.51.100.7", aList); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("a client that names another in X-Forwarded-For: status %d", res.StatusCode)
	}
	if res := ask("192.0.2.1:1000", "", "/annuaire"); res.StatusCode != http.StatusTooManyRequests || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		t.Errorf("a page: status %d, %s", res.StatusCode, res.Header.Get("Content-Type"))
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if res := ask("192.0.2.1:1000", "", path); res.StatusCode != http.StatusOK {
			t.Errorf("a probe of %s: status %d", path, res.StatusCode)
		}
	}
	exhaust("10.1.1.1:1000", "203.0.113.5, 198.51.100.1")      // the client is the last that no proxy of ours wrote
	exhaust("10.1.1.1:1000", "203.0.113.5, 198.51.100.2:4444") // with a port
	exhaust("10.1.1.1:1000", "198.51.100.3, 10.2.2.2")         // through two proxies
	if res := ask("10.2.2.2:1", "198.51.100.3", aList); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the same client by another proxy: status %d", res.StatusCode)
	}
	exhaust("[fd00::1]:1000", "2001:db8:1:2:3::4")
	if res := ask("[fd00::1]:1000", "[2001:db8:1:2:ffff::9]:80", aList); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("another address of the same subscriber: status %d", res.StatusCode)
	}
	if res := ask("[fd00::1]:1000", "2001:db8:1:3::4", aList); res.StatusCode != http.StatusOK {
		t.Errorf("another subscriber: status %d", res.StatusCode)
	}
	if res := ask("10.1.1.1:1000", "unknown", aList); res.StatusCode != http.StatusOK {
		t.Errorf("a proxy that does not know: status %d", res.StatusCode)
	}

	now.now = now.now.Add(2 * time.Second)
	if a, b := ask("192.0.2.1:1000", "", aList), ask("192.0.2.1:1000", "", aList); a.StatusCode != http.StatusOK || b.StatusCode != http.StatusTooManyRequests {
		t.Errorf("after the seconds of Retry-After: %d then %d, want 200 then 429", a.StatusCode, b.StatusCode)
	}
	now.now = now.now.Add(time.Hour)
	exhaust("192.0.2.1:1000", "") // the burst is whole again
	if text := bodyOf(t, ask("192.0.2.9:1", "", "/metrics")); !strings.Contains(text, "passerelle_http_limited_total 1") {
		t.Error("refused requests are not counted")
	}
}

// What is kept of clients does not grow with their number over the day.
func TestClientsAreForgotten(t *testing.T) {
	now := today.Now()
	m := newLimiter(RateLimit{PerSecond: 10, Burst: 10}, func() time.Time { return now })
	for i := range 20_000 {
		now = now.Add(time.Millisecond)
		m.take(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
	}
	kept := 0
	for i := range m.shards {
		kept += len(m.shards[i].buckets)
	}
	if kept > 3000 {
		t.Errorf("%d clients are kept of the last second's 1000", kept)
	}
}

func TestAPanicIsOursAndSaysNothing(t *testing.T) {
	var log bytes.Buffer
	s := openAPIHouse(t, directorytest.House(t), func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	mux := http.NewServeMux()
	mux.Handle("GET /api/v1/fall", s.handle(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"half":`)
		panic("secret of the house")
	}))
	mux.Handle("GET /fall", s.handle(func(http.ResponseWriter, *http.Request) error { panic("secret of the house") }))
	mux.Handle("GET /wrong", s.handle(func(http.ResponseWriter, *http.Request) error { return io.ErrUnexpectedEOF }))
	h := s.chain(mux)
	for path, kind := range map[string]string{"/api/v1/fall": "application/problem+json", "/fall": "text/html; charset=utf-8", "/wrong": "text/html; charset=utf-8"} {
		log.Reset()
		res := request{path: path}.send(h)
		body := bodyOf(t, res)
		if res.StatusCode != http.StatusInternalServerError || res.Header.Get("Content-Type") != kind || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET %s: %d %s: %.200s", path, res.StatusCode, res.Header.Get("Content-Type"), body)
		}
		if strings.Contains(body, "secret") || strings.Contains(body, "half") || strings.Contains(body, "EOF") {
			t.Errorf("GET %s tells what went wrong: %s", path, body)
		}
		_, after, ok := strings.Cut(log.String(), "reference=")
		reference, _, _ := strings.Cut(after, " ")
		if !ok || !strings.Contains(body, reference) {
			t.Errorf("GET %s: the reference %q of the log is not in the answer", path, reference)
		}
	}
	if text := bodyOf(t, request{path: "/metrics"}.send(s.Handler())); !strings.Contains(text, "passerelle_http_panics_total 2") {
		t.Error("panics are not counted")
	}
}

func TestMetricsTellRoutesAndNobody(t *testing.T) {
	var log bytes.Buffer
	s := openAPIHouse(t, directorytest.House(t), func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	h := s.Handler()
	siret := directorytest.Amina.String()
	for _, path := range []string{"/api/v1/establishments/" + siret, "/api/v1/establishments?q=amina", "/entreprises/" + siret, "/nowhere/" + siret} {
		request{path: path, from: "192.0.2.77:5", header: map[string]string{"Referer": "https://x.example/" + siret}}.send(h)
	}
	request{method: "BREW", path: "/"}.send(h)
	text := bodyOf(t, request{path: "/metrics"}.send(h))
	for _, want := range []string{
		`passerelle_http_requests_total{method="GET",route="GET /api/v1/establishments/{siret}",status="200"} 1`,
		`passerelle_http_requests_total{method="GET",route="none",status="404"} 1`,
		`passerelle_http_requests_total{method="other",route="none",status="405"} 1`,
		`passerelle_http_request_seconds_count{route="GET /api/v1/establishments"} 1`,
		"passerelle_establishments 10", "passerelle_overlay_entries 0", "passerelle_register_as_of_seconds 1.7934912e+09",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	for _, secret := range []string{siret, "amina", "192.0.2.77", "x.example"} {
		if strings.Contains(text, secret) || strings.Contains(log.String(), secret) {
			t.Errorf("metrics or log hold %q:\n%s", secret, log.String())
		}
	}
}

// A node that stops says that it is not ready, and ends what is under way.
func TestAStoppingNodeIsNotReady(t *testing.T) {
	s := openAPIHouse(t, directorytest.House(t), nil)
	if res := (request{path: "/readyz"}).send(s.Handler()); res.StatusCode != http.StatusOK {
		t.Errorf("ready: %d", res.StatusCode)
	}
	s.stopping.Store(true)
	if res := (request{path: "/readyz"}).send(s.Handler()); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("stopping: %d", res.StatusCode)
	}
	if res := (request{path: "/healthz"}).send(s.Handler()); res.StatusCode != http.StatusOK {
		t.Errorf("it lives: %d", res.StatusCode)
	}
}
