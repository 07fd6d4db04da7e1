// Package openid asks another house who somebody is, by OpenID Connect
// (Core 1.0, authorization code with PKCE).
//
// It sends a browser there, reads what it comes back with, and says who it is
// only when everything agrees: what was asked, who answers, for whom, when,
// and the signature. It holds no account, keeps nothing of a person, and does
// not know what the other house's claims mean to ours.
//
// Its one difficulty is that the other house may be slow, down or wrong at any
// moment: what it publishes about itself is read when it is first needed,
// within seconds, kept an hour, and not asked for again at once when it fails.
package openid

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Why somebody is not who they came to be.
var (
	ErrDown     = errors.New("the provider does not do its part")
	ErrDeclined = errors.New("declined at the provider")
	ErrAnswer   = errors.New("not an answer to what was asked")
	ErrClock    = errors.New("the answer is of another time")
	ErrLevel    = errors.New("the provider is not sure enough")
)

// Bounds of what is asked of a provider.
const (
	discoverFor = 5 * time.Second  // to read what it publishes
	answerFor   = 10 * time.Second // to exchange a code and read who it is
	knownFor    = time.Hour        // what it publishes
	failedFor   = 15 * time.Second // before it is asked again
	maxAnswer   = 1 << 20          // bytes
	maxToken    = 4 << 10          // bytes of an ID token kept to sign out with
	skew        = time.Minute      // by which clocks may differ
)

// A Config is what a provider gave when the house was registered there.
type Config struct {
	Name     string // as people know it
	Issuer   string // its address, as it writes it
	Client   string
	Secret   string
	Scope    string // separated by spaces
	ACR      string // the levels that are asked for and accepted, separated by spaces; empty is any
	Vouched  bool   // its addresses are verified, although it does not say so
	Redirect string // address of this house to which it sends people back
	Back     string // the same, once they have signed out there
	Now      func() time.Time
}

// A Provider is another house that knows people.
type Provider struct {
	config Config
	client *http.Client

	mu     sync.Mutex
	known  *known
	at     time.Time // when it was last read, or could not be
	failed error
}

// known is what a provider publishes about itself.
type known struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth    oauth2.Config
	end      string // where one signs out
}

// New returns a provider, which it does not call yet.
func New(c Config) *Provider {
	return &Provider{config: c, client: &http.Client{
		Timeout:   answerFor,
		Transport: bounded{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // it answers at the addresses it publishes
		},
	}}
}

// Name returns how people know the provider.
func (p *Provider) Name() string { return p.config.Name }

// Issuer returns the address that names it.
func (p *Provider) Issuer() string { return p.config.Issuer }

// bounded bounds what is read of an answer.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err
}

// read returns what the provider publishes, or ErrDown.
func (p *Provider) read(ctx context.Context) (*known, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.config.Now()
	switch age := now.Sub(p.at); {
	case p.known != nil && age < knownFor:
		return p.known, nil
	case p.known == nil && p.failed != nil && age < failedFor:
		return nil, p.failed
	}
	// Who waits longest for it may be gone before it comes: others need it too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discoverFor)
	defer cancel()
	k, err := p.discover(ctx)
	p.at, p.failed = p.config.Now(), err
	if err == nil {
		p.known = k
	}
	if p.known == nil {
		return nil, err
	}
	return p.known, nil
}

func (p *Provider) discover(ctx context.Context) (*known, error) {
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discover: %w: %.200s", ErrDown, err)
	}
	var published struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
		End     string   `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&published); err != nil {
		return nil, fmt.Errorf("discover: %w: %w", ErrDown, err)
	}
	k := &known{provider: provider, end: published.End}
	k.oauth = oauth2.Config{ClientID: p.config.Client, ClientSecret: p.config.Secret, RedirectURL: p.config.Redirect, Scopes: strings.Fields(p.config.Scope), Endpoint: provider.Endpoint()}
	k.oauth.Endpoint.AuthStyle = oauth2.AuthStyleInHeader // the default of Discovery 1.0, section 3
	for _, m := range published.Methods {
		if m == "client_secret_post" {
			k.oauth.Endpoint.AuthStyle = oauth2.AuthStyleInParams
		}
	}
	k.verifier = provider.Verifier(&oidc.Config{ClientID: p.config.Client, Now: func() time.Time { return p.config.Now().Add(-skew) }})
	return k, nil
}

// A Trip is what is known of somebody who was sent to the provider; what they
// come back with must fit it.
type Trip struct{ State, Nonce, Verifier string }

// Begin returns where to send a browser, or ErrDown.
func (p *Provider) Begin(ctx context.Context) (Trip, string, error) {
	k, err := p.read(ctx)
	if err != nil {
		return Trip{}, "", err
	}
	t := Trip{State: random(), Nonce: random(), Verifier: oauth2.GenerateVerifier()}
	with := []oauth2.AuthCodeOption{oidc.Nonce(t.Nonce), oauth2.S256ChallengeOption(t.Verifier)}
	if p.config.ACR != "" {
		with = append(with, oauth2.SetAuthURLParam("acr_values", p.config.ACR))
	}
	return t, k.oauth.AuthCodeURL(t.State, with...), nil
}

// random returns 260 bits in letters and digits: ProConnect asks for 32 signs.
func random() string { return rand.Text() + rand.Text() }

// An Identity is who somebody is at a provider.
type Identity struct {
	Issuer   string
	Subject  string
	Mail     string
	Verified bool   // the provider vouches for Mail
	Token    string // to sign out there with; empty when it is too long
	claims   json.RawMessage
}

// Claims reads what else the provider says of them into v, as JSON does.
func (i *Identity) Claims(v any) error { return json.Unmarshal(i.claims, v) }

// LeaveURL returns where to send a browser that has left this house so that it
// leaves the provider too, empty where that cannot be.
func (p *Provider) LeaveURL(ctx context.Context, token string) string {
	k, err := p.read(ctx)
	if err != nil || k.end == "" {
		return ""
	}
	u, err := url.Parse(k.end)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	q := u.Query()
	q.Set("id_token_hint", token)
	q.Set("client_id", p.config.Client)
	q.Set("post_logout_redirect_uri", p.config.Back)
	q.Set("state", random())
	u.RawQuery = q.Encode()
	return u.String()
}
