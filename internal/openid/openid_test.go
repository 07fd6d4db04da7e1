package openid_test

import (
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/openid"
	"passerelle/internal/openid/openidtest"
)

// amina is what the provider says of her.
func amina() map[string]any {
	return map[string]any{
		"sub": "amina-1", "email": "amina@pain.example", "email_verified": true, "given_name": "Amina", "usual_name": "Ben Salah", "siret": "13002526500013",
	}
}

// come sends a browser to the provider and reads what it comes back with.
func come(t *testing.T, there *openidtest.Provider, p *openid.Provider) (*openid.Identity, error) {
	t.Helper()
	trip, address, err := p.Begin(t.Context())
	if err != nil {
		return nil, err
	}
	return p.End(t.Context(), trip, there.Visit(address, "amina-1"))
}

func TestWhoSomebodyIs(t *testing.T) {
	there := openidtest.Open(t)
	there.Know(amina())
	for name, ways := range map[string]openidtest.Ways{
		"in JSON": {}, "in a signed token": {Signed: true},
		"in a token for us":             {Signed: true, UserInfo: func(m map[string]any) { m["iss"], m["aud"] = there.Config().Issuer, openidtest.Client }},
		"with its secret in the header": {Discovery: func(m map[string]any) { m["token_endpoint_auth_methods_supported"] = []string{"client_secret_basic"} }},
	} {
		there.Behave(ways)
		who, err := come(t, there, openid.New(there.Config()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var more struct{ SIRET string }
		if err := who.Claims(&more); err != nil || more.SIRET != "13002526500013" {
			t.Errorf("%s: claims %+v, %v", name, more, err)
		}
		if who.Issuer != there.Config().Issuer || who.Subject != "amina-1" || who.Mail != "amina@pain.example" || !who.Verified || who.Token == "" {
			t.Errorf("%s: %+v", name, who)
		}
	}
}

// What is asked: PKCE, a state and a nonce of 32 signs at least, the levels.
func TestBegin(t *testing.T) {
	there := openidtest.Open(t)
	c := there.Config()
	c.ACR = "eidas1 eidas2"
	p := openid.New(c)
	first, address, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second, _, err := p.Begin(t.Context())
	if err != nil || first.State == second.State || first.Nonce == second.Nonce || first.Verifier == second.Verifier {
		t.Errorf("two trips are alike: %v", err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	for name, want := range map[string]string{
		"response_type": "code", "client_id": openidtest.Client, "redirect_uri": openidtest.Redirect, "scope": c.Scope, "state": first.State, "nonce": first.Nonce,
		"acr_values": "eidas1 eidas2", "code_challenge_method": "S256",
	} {
		if q.Get(name) != want {
			t.Errorf("%s = %q, want %q", name, q.Get(name), want)
		}
	}
	if len(first.State) < 32 || len(first.Nonce) < 32 || len(q.Get("code_challenge")) != 43 || strings.Contains(address, first.Verifier) {
		t.Errorf("asked: %s", address)
	}
}

func TestVerified(t *testing.T) {
	there := openidtest.Open(t)
	there.Know(amina())
	for _, c := range []struct {
		said    any // nil: nothing
		vouched bool
		want    bool
	}{
		{true, false, true}, {"true", false, true}, {false, false, false}, {false, true, false}, {"false", true, false}, {nil, false, false}, {nil, true, true},
	} {
		there.Behave(openidtest.Ways{UserInfo: func(m map[string]any) {
			if m["email_verified"] = c.said; c.said == nil {
				delete(m, "email_verified")
			}
		}})
		config := there.Config()
		config.Vouched = c.vouched
		if who, err := come(t, there, openid.New(config)); err != nil || who.Verified != c.want {
			t.Errorf("said %v, vouched %t: %+v, %v", c.said, c.vouched, who, err)
		}
	}
}

func TestRefused(t *testing.T) {
	there := openidtest.Open(t)
	there.Know(amina())
	answer := func(name, value string) openidtest.Ways {
		return openidtest.Ways{Answer: func(q *url.Values) { q.Set(name, value) }}
	}
	token := func(name string, value any) openidtest.Ways {
		return openidtest.Ways{IDToken: func(m map[string]any) { m[name] = value }}
	}
	info := func(name string, value any) openidtest.Ways {
		return openidtest.Ways{UserInfo: func(m map[string]any) { m[name] = value }}
	}
	now := time.Now()
	for name, c := range map[string]struct {
		ways openidtest.Ways
		acr  string
		want error
	}{
		"she said no":           {ways: answer("error", "access_denied"), want: openid.ErrDeclined},
		"she must do more":      {ways: answer("error", "login_required"), want: openid.ErrDeclined},
		"it is out of order":    {ways: answer("error", "server_error"), want: openid.ErrDown},
		"a wrong scope":         {ways: answer("error", "invalid_scope"), want: openid.ErrDown},
		"another state":         {ways: answer("state", "another"), want: openid.ErrAnswer},
		"no state":              {ways: answer("state", ""), want: openid.ErrAnswer},
		"another issuer":        {ways: answer("iss", "https://evil.example"), want: openid.ErrAnswer},
		"a made-up code":        {ways: answer("code", "made-up"), want: openid.ErrAnswer},
		"no code":               {ways: answer("code", ""), want: openid.ErrAnswer},
		"another nonce":         {ways: token("nonce", "another"), want: openid.ErrAnswer},
		"no nonce":              {ways: token("nonce", ""), want: openid.ErrAnswer},
		"a token of another":    {ways: token("iss", "https://evil.example"), want: openid.ErrAnswer},
		"a token for another":   {ways: token("aud", "another"), want: openid.ErrAnswer},
		"for two, of none":      {ways: openidtest.Ways{IDToken: func(m map[string]any) { m["aud"] = []string{openidtest.Client, "another"}; delete(m, "azp") }}, want: openid.ErrAnswer},
		"for two, of another":   {ways: token("azp", "another"), want: openid.ErrAnswer},
		"nobody":                {ways: token("sub", ""), want: openid.ErrAnswer},
		"another access token":  {ways: token("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), want: openid.ErrAnswer},
		"another key":           {ways: openidtest.Ways{AnotherKey: true}, want: openid.ErrAnswer},
		"expired":               {ways: token("exp", now.Add(-time.Hour).Unix()), want: openid.ErrClock},
		"not yet":               {ways: token("nbf", now.Add(time.Hour).Unix()), want: openid.ErrClock},
		"of somebody else":      {ways: info("sub", "jean-1"), want: openid.ErrAnswer},
		"said by another":       {ways: info("iss", "https://evil.example"), want: openid.ErrAnswer},
		"said to another":       {ways: info("aud", []string{"another"}), want: openid.ErrAnswer},
		"keys out of order":     {ways: openidtest.Ways{Down: "/keys"}, want: openid.ErrDown},
		"tokens out of order":   {ways: openidtest.Ways{Down: "/token"}, want: openid.ErrDown},
		"people out of order":   {ways: openidtest.Ways{Down: "/userinfo"}, want: openid.ErrDown},
		"all out of order":      {ways: openidtest.Ways{Down: "/"}, want: openid.ErrDown},
		"it calls itself other": {ways: openidtest.Ways{Discovery: func(m map[string]any) { m["issuer"] = "https://evil.example" }}, want: openid.ErrDown},
		"not sure enough":       {acr: "eidas2", ways: token("acr", "eidas1"), want: openid.ErrLevel},
		"not sure at all":       {acr: "eidas1", ways: openidtest.Ways{IDToken: func(m map[string]any) { delete(m, "acr") }}, want: openid.ErrLevel},
	} {
		there.Behave(c.ways)
		config := there.Config()
		config.ACR = c.acr
		who, err := come(t, there, openid.New(config))
		if !errors.Is(err, c.want) || who != nil {
			t.Errorf("%s: %+v, %v; want %v", name, who, err, c.want)
			continue
		}
		for _, other := range []error{openid.ErrDown, openid.ErrDeclined, openid.ErrAnswer, openid.ErrClock, openid.ErrLevel} {
			if other != c.want && errors.Is(err, other) {
				t.Errorf("%s: also %v", name, other)
			}
		}
	}
}

// A signature, or a letter of what is signed, that was changed; an unsigned
// token; a code brought twice; another browser's verifier.
func TestTampered(t *testing.T) {
	there := openidtest.Open(t)
	there.Know(amina())
	p := openid.New(there.Config())
	trip, address, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer := there.Visit(address, "amina-1")
	other := trip
	other.Verifier = strings.Repeat("x", 43)
	if _, err := p.End(t.Context(), other, answer); !errors.Is(err, openid.ErrAnswer) {
		t.Errorf("another verifier: %v", err)
	}
	if trip, address, err = p.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	answer = there.Visit(address, "amina-1")
	if _, err := p.End(t.Context(), trip, answer); err != nil {
		t.Fatal(err)
	}
	if _, err := p.End(t.Context(), trip, answer); !errors.Is(err, openid.ErrAnswer) {
		t.Errorf("the same code again: %v", err)
	}
	for name, change := range map[string]func([]string){
		"the signature": func(p []string) { p[2] = "A" + p[2][1:] + "A" },
		"who it is":     func(p []string) { p[1] = "eyJzdWIiOiJqZWFuLTEifQ" },
		"no signature":  func(p []string) { p[0], p[2] = "eyJhbGciOiJub25lIn0", "" },
	} {
		there.Behave(openidtest.Ways{Raw: func(raw string) string {
			parts := strings.Split(raw, ".")
			change(parts)
			return strings.Join(parts, ".")
		}})
		if who, err := come(t, there, openid.New(there.Config())); !errors.Is(err, openid.ErrAnswer) {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}

// A provider that is down is asked again after a while, not by each visitor;
// what it published is kept an hour, and after that as long as it is down.
func TestDown(t *testing.T) {
	there := openidtest.Open(t)
	there.Know(amina())
	var calls atomic.Int64
	count := func(path string) {
		if strings.Contains(path, "openid-configuration") {
			calls.Add(1)
		}
	}
	var now atomic.Int64
	now.Store(time.Now().UnixNano())
	config := there.Config()
	config.Now = func() time.Time { return time.Unix(0, now.Load()) }
	p := openid.New(config)
	there.Behave(openidtest.Ways{Down: "/", Calls: count})
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if _, _, err := p.Begin(t.Context()); !errors.Is(err, openid.ErrDown) {
				t.Errorf("down: %v", err)
			}
		})
	}
	wait.Wait()
	if calls.Load() != 1 {
		t.Errorf("asked %d times while it was down", calls.Load())
	}
	there.Behave(openidtest.Ways{Calls: count})
	now.Add(int64(20 * time.Second))
	for range 3 {
		if _, _, err := p.Begin(t.Context()); err != nil {
			t.Errorf("up again: %v", err)
		}
	}
	if calls.Load() != 2 {
		t.Errorf("asked %d times in all", calls.Load())
	}
	there.Behave(openidtest.Ways{Down: "/", Calls: count})
	now.Add(int64(2 * time.Hour))
	if _, _, err := p.Begin(t.Context()); err != nil || calls.Load() != 3 {
		t.Errorf("an hour later it is down: %v, asked %d times", err, calls.Load())
	}
}

// A provider that does not answer is waited for so long, and one who leaves
// does not take the others' answer with them.
func TestMute(t *testing.T) {
	there := openidtest.Open(t)
	there.Behave(openidtest.Ways{Mute: true})
	start := time.Now()
	if _, _, err := openid.New(there.Config()).Begin(t.Context()); !errors.Is(err, openid.ErrDown) {
		t.Errorf("mute: %v", err)
	}
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("it was waited for %s", took)
	}
}

func TestLeaveURL(t *testing.T) {
	there := openidtest.Open(t)
	u, err := url.Parse(openid.New(there.Config()).LeaveURL(t.Context(), "token"))
	if err != nil || u.Path != "/end_session" {
		t.Fatalf("%v, %v", u, err)
	}
	if q := u.Query(); q.Get("id_token_hint") != "token" || q.Get("post_logout_redirect_uri") != openidtest.Back || len(q.Get("state")) < 32 {
		t.Errorf("%v", q)
	}
	for name, ways := range map[string]openidtest.Ways{
		"nowhere to sign out": {Discovery: func(m map[string]any) { delete(m, "end_session_endpoint") }},
		"a script":            {Discovery: func(m map[string]any) { m["end_session_endpoint"] = "javascript:alert(1)" }},
		"out of order":        {Down: "/"},
	} {
		there.Behave(ways)
		if got := openid.New(there.Config()).LeaveURL(t.Context(), "token"); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Whatever a browser comes back with, it ends in one of the errors that pages
// tell, and calls nobody.
func FuzzAnswer(f *testing.F) {
	f.Add("state=x&code=y")
	f.Add("error=access_denied&state=s")
	f.Add("state=s&iss=https://evil.example&code=c")
	f.Add("state=s&error=%00&error_description=<script>")
	p := openid.New(openid.Config{Issuer: "http://127.0.0.1:1", Now: time.Now})
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil || q.Get("state") == "s" && q.Get("code") != "" && q.Get("error") == "" {
			return
		}
		_, err = p.End(t.Context(), openid.Trip{State: "s", Nonce: "n", Verifier: "v"}, q)
		if !errors.Is(err, openid.ErrAnswer) && !errors.Is(err, openid.ErrDown) && !errors.Is(err, openid.ErrDeclined) {
			t.Errorf("%q: %v", query, err)
		}
		if len(err.Error()) > 500 {
			t.Errorf("%q: %d letters", query, len(err.Error()))
		}
	})
}
