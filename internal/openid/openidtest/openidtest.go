// Package openidtest runs a provider of identities for tests: the library
// github.com/zitadel/oidc, on the loopback, with invented people. It can be
// made to fail and to lie; it is no part of the program.
package openidtest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"

	"passerelle/internal/openid"
)

// The house as it is registered.
const (
	Client   = "passerelle"
	Secret   = "s3cr3t of the tests"
	Redirect = "https://passerelle.example/connexion/fournisseur/retour"
	Back     = "https://passerelle.example/"
)

// A Provider is a provider of identities and how it behaves.
type Provider struct {
	t      testing.TB
	server *httptest.Server
	store  *storage
	key    *ecdsa.PrivateKey

	mu   sync.Mutex
	ways Ways
}

// Ways are how a provider behaves; the zero Ways are right.
type Ways struct {
	Down       string                   // it answers 503 at addresses that hold this; "/" is all
	Mute       bool                     // it does not answer at all, until the client gives up
	Signed     bool                     // it says who somebody is in a signed token
	AnotherKey bool                     // it signs with a key that it does not publish
	IDToken    func(map[string]any)     // changes an ID token before it is signed
	Raw        func(string) string      // changes it after
	UserInfo   func(map[string]any)     // changes what it says of somebody
	Discovery  func(map[string]any)     // changes what it publishes
	Calls      func(path string)        // is told of each call
	Answer     func(answer *url.Values) // changes what a browser comes back with
}

// Open runs a provider until the test ends.
func Open(t testing.TB) *Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{t: t, key: key, store: newStorage(key)}
	var handler http.Handler
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { p.serve(handler, w, r) }))
	t.Cleanup(func() {
		p.server.CloseClientConnections()
		p.server.Close()
	})
	o, err := op.NewProvider(&op.Config{CryptoKey: [32]byte{1}, CodeMethodS256: true, AuthMethodPost: true}, p.store, op.StaticIssuer(p.server.URL), op.WithAllowInsecure())
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("id")
		p.store.signIn(id, r.FormValue("as"))
		http.Redirect(w, r, p.server.URL+"/authorize/callback?id="+url.QueryEscape(id), http.StatusFound)
	})
	mux.Handle("/", o)
	handler = mux
	return p
}

// Config returns what the house is given when it is registered there.
func (p *Provider) Config() openid.Config {
	return openid.Config{
		Name: "ProConnect", Issuer: p.server.URL, Client: Client, Secret: Secret, Scope: "openid given_name usual_name email siret",
		Redirect: Redirect, Back: Back, Now: time.Now,
	}
}

// Behave changes how the provider behaves.
func (p *Provider) Behave(w Ways) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ways = w
}

// Know makes somebody known, by what is said of them; sub is who.
func (p *Provider) Know(claims map[string]any) { p.store.know(claims) }

// Visit goes where a browser is sent, signs somebody in there, and returns the
// query of the address it is sent back to.
func (p *Provider) Visit(address, subject string) url.Values {
	p.t.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for range 5 {
		if strings.HasPrefix(address, Redirect) {
			u, err := url.Parse(address)
			if err != nil {
				p.t.Fatal(err)
			}
			answer := u.Query()
			if w := p.now(); w.Answer != nil {
				w.Answer(&answer)
			}
			return answer
		}
		if strings.Contains(address, "/login?") {
			address += "&as=" + url.QueryEscape(subject)
		}
		r, err := browser.Get(address)
		if err != nil {
			p.t.Fatal(err)
		}
		r.Body.Close()
		next, err := r.Location()
		if err != nil {
			p.t.Fatalf("%s: %s, %v", address, r.Status, err)
		}
		address = next.String()
	}
	p.t.Fatal("the provider goes round in circles")
	return nil
}

func (p *Provider) now() Ways {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ways
}

// serve lets the library answer, and changes its answer as it is told.
func (p *Provider) serve(h http.Handler, w http.ResponseWriter, r *http.Request) {
	ways := p.now()
	if ways.Calls != nil {
		ways.Calls(r.URL.Path)
	}
	switch {
	case ways.Mute:
		<-r.Context().Done()
		return
	case ways.Down != "" && strings.Contains(r.URL.Path, ways.Down):
		http.Error(w, "out of order", http.StatusServiceUnavailable)
		return
	}
	held := httptest.NewRecorder()
	h.ServeHTTP(held, r)
	body, kind := held.Body.Bytes(), held.Header().Get("Content-Type")
	if held.Code == http.StatusOK {
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			body = changed(body, ways.Discovery)
		case "/oauth/token":
			var answer map[string]any
			if json.Unmarshal(body, &answer) == nil {
				raw, _ := answer["id_token"].(string)
				answer["id_token"] = p.resign(raw, ways)
				body, _ = json.Marshal(answer)
			}
		case "/userinfo":
			body = changed(body, ways.UserInfo)
			if ways.Signed {
				body, kind = []byte(p.sign(body, ways)), "application/jwt; charset=utf-8"
			}
		}
	}
	for name, values := range held.Header() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Del("Content-Length")
	w.WriteHeader(held.Code)
	w.Write(body)
}

// changed returns a JSON object after a change.
func changed(body []byte, change func(map[string]any)) []byte {
	var object map[string]any
	if change == nil || json.Unmarshal(body, &object) != nil {
		return body
	}
	change(object)
	body, _ = json.Marshal(object)
	return body
}

// resign returns a token after a change of what it says.
func (p *Provider) resign(raw string, ways Ways) string {
	if ways.Raw != nil {
		return ways.Raw(raw)
	}
	if ways.IDToken == nil && !ways.AnotherKey {
		return raw
	}
	token, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		p.t.Error(err)
		return raw
	}
	return p.sign(changed(token.UnsafePayloadWithoutVerification(), ways.IDToken), ways)
}

// sign signs what the provider says.
func (p *Provider) sign(body []byte, ways Ways) string {
	key := p.key
	if ways.AnotherKey {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			p.t.Error(err)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: keyID}}, nil)
	if err != nil {
		p.t.Error(err)
		return ""
	}
	signed, err := signer.Sign(bytes.TrimSpace(body))
	if err != nil {
		p.t.Error(err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		p.t.Error(err)
	}
	return text
}
