package account

import (
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/descope/virtualwebauthn"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// A device holds keys, as a telephone does.
type device struct {
	t     *testing.T
	rp    virtualwebauthn.RelyingParty
	auth  virtualwebauthn.Authenticator
	key   virtualwebauthn.Credential
	owner string
}

const origin = "https://passerelle.example"

// newKey makes a key whose coordinates begin with no zero: the library of this
// test would write those without it, and they would be no key.
func newKey(t *testing.T) virtualwebauthn.Credential {
	t.Helper()
	for {
		c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		k, err := x509.ParsePKCS8PrivateKey(c.Key.Data)
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := k.(*ecdsa.PrivateKey); ok && e.X.BitLen() > 248 && e.Y.BitLen() > 248 {
			return c
		}
	}
}

func newDevice(t *testing.T, owner string) *device {
	return &device{
		t: t, rp: virtualwebauthn.RelyingParty{Name: "Passerelle", ID: "passerelle.example", Origin: origin}, owner: owner, key: newKey(t),
		auth: virtualwebauthn.NewAuthenticatorWithOptions(virtualwebauthn.AuthenticatorOptions{UserHandle: []byte(owner)}),
	}
}

// register answers the options of BeginKey.
func (d *device) register(options []byte) []byte {
	d.t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(string(options))
	if err != nil {
		d.t.Fatal(err)
	}
	return []byte(virtualwebauthn.CreateAttestationResponse(d.rp, d.auth, d.key, *o))
}

// show answers the options of BeginKeyEntry.
func (d *device) show(options []byte) []byte {
	d.t.Helper()
	o, err := virtualwebauthn.ParseAssertionOptions(string(options))
	if err != nil {
		d.t.Fatal(err)
	}
	d.key.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(d.rp, d.auth, d.key, *o))
}

// keyed returns accounts with a ring, Nadia, and her device with a key.
func keyed(t *testing.T, d *db.DB) (*Accounts, *Person, *device) {
	t.Helper()
	a, _, post := house(d)
	var err error
	if a.Ring, err = NewRing("Passerelle", "passerelle.example", origin); err != nil {
		t.Fatal(err)
	}
	nadia := enter(t, a, post, "nadia@cma.example").Person
	phone := newDevice(t, nadia.ID)
	options, token, err := a.BeginKey(t.Context(), nadia.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.AddKey(t.Context(), Actor{Who: nadia.ID, Channel: Web}, nadia.ID, token, phone.register(options), Device{}); err != nil {
		t.Fatal(err)
	}
	return a, nadia, phone
}

func TestPasskey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, nadia, phone := keyed(t, d)
		options, token, err := a.BeginKeyEntry(t.Context(), "198.51.100.7")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(options), nadia.ID) || strings.Contains(string(options), "allowCredentials") {
			t.Errorf("what anybody is told of keys: %s", options)
		}
		answer := phone.show(options)
		e, err := a.EnterByKey(t.Context(), token, answer, Device{"Mozilla/5.0 (Android 15) Firefox/140.0"})
		if err != nil || e.Person.ID != nadia.ID {
			t.Fatalf("enter: %+v, %v", e, err)
		}
		if s, err := a.Session(t.Context(), e.Token); err != nil || s.Method != "passkey" {
			t.Errorf("session: %+v, %v", s, err)
		}
		if _, err := a.EnterByKey(t.Context(), token, answer, Device{}); !errors.Is(err, ErrCeremony) {
			t.Errorf("the same answer again: %v", err)
		}
		keys, err := a.Keys(t.Context(), nadia.ID)
		if err != nil || len(keys) != 1 || keys[0].UsedAt.IsZero() {
			t.Fatalf("keys: %+v, %v", keys, err)
		}
		by := Actor{Who: nadia.ID, Channel: Web}
		if err := a.RemoveKey(t.Context(), by, "somebody", keys[0].ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("somebody else's key: %v", err)
		}
		if err := a.RemoveKey(t.Context(), by, nadia.ID, keys[0].ID); err != nil {
			t.Error(err)
		}
		options, token, err = a.BeginKeyEntry(t.Context(), "198.51.100.7")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.EnterByKey(t.Context(), token, phone.show(options), Device{}); !errors.Is(err, ErrKey) {
			t.Errorf("a key that was taken away: %v", err)
		}
	})
}

func TestPasskeyRefuses(t *testing.T) {
	a, nadia, phone := keyed(t, dbtest.SQLite(t))
	by := Actor{Who: nadia.ID, Channel: Web}
	for name, change := range map[string]func(d *device){
		"another site":      func(d *device) { d.rp.Origin, d.rp.ID = "https://passerelle.exarnple", "passerelle.exarnple" },
		"a page of another": func(d *device) { d.rp.Origin = "https://passerelle.example.evil.test" },
		"another person":    func(d *device) { d.auth.Options.UserHandle = []byte("somebody") },
		"no person":         func(d *device) { d.auth.Options.UserHandle = nil },
		"another key":       func(d *device) { d.key.Key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2).Key },
		"nobody was there":  func(d *device) { d.auth.Options.UserNotPresent, d.auth.Options.UserNotVerified = true, true },
		"not verified":      func(d *device) { d.auth.Options.UserNotVerified = true },
		"a copy":            func(d *device) { d.key.Counter = 0 },
	} {
		if name == "a copy" { // the counter of the true one has gone on
			options, token, _ := a.BeginKeyEntry(t.Context(), "198.51.100.7")
			phone.key.Counter = 5
			if _, err := a.EnterByKey(t.Context(), token, phone.show(options), Device{}); err != nil {
				t.Fatal(err)
			}
		}
		options, token, err := a.BeginKeyEntry(t.Context(), "198.51.100.7")
		if err != nil {
			t.Fatal(err)
		}
		other := *phone
		change(&other)
		if e, err := a.EnterByKey(t.Context(), token, other.show(options), Device{}); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	options, _, err := a.BeginKeyEntry(t.Context(), "198.51.100.7")
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := a.BeginKeyEntry(t.Context(), "198.51.100.7")
	if err != nil {
		t.Fatal(err)
	}
	answer := phone.show(options)
	for token, want := range map[string]error{other: ErrKey, "": ErrCeremony, "made-up": ErrCeremony} {
		if _, err := a.EnterByKey(t.Context(), token, answer, Device{}); !errors.Is(err, want) {
			t.Errorf("an answer to another question: %v, want %v", err, want)
		}
	}
	for _, junk := range []string{"", "{}", "[]", `{"id":"x"}`, strings.Repeat("{", 10_000)} {
		if _, err := a.EnterByKey(t.Context(), other, []byte(junk), Device{}); !errors.Is(err, ErrKey) {
			t.Errorf("%.20q: %v", junk, err)
		}
		if err := a.AddKey(t.Context(), by, nadia.ID, other, []byte(junk), Device{}); !errors.Is(err, ErrKey) {
			t.Errorf("%.20q: %v", junk, err)
		}
	}
	// A key that was begun for one is not another's, and is not made twice.
	options, token, err := a.BeginKey(t.Context(), nadia.ID)
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		PublicKey struct {
			ExcludeCredentials []struct{ ID string }
		}
	}
	if err := json.Unmarshal(options, &o); err != nil || len(o.PublicKey.ExcludeCredentials) != 1 || o.PublicKey.ExcludeCredentials[0].ID != base64.RawURLEncoding.EncodeToString(phone.key.ID) {
		t.Errorf("the keys she has are not named: %s, %v", options, err)
	}
	second := newDevice(t, nadia.ID)
	made := second.register(options)
	if err := a.AddKey(t.Context(), by, "somebody", token, made, Device{}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("for nobody: %v", err)
	}
	if err := a.AddKey(t.Context(), by, nadia.ID, token, made, Device{}); err != nil {
		t.Error(err)
	}
	if err := a.AddKey(t.Context(), by, nadia.ID, token, made, Device{}); !errors.Is(err, ErrCeremony) {
		t.Errorf("twice: %v", err)
	}
}

// One answer opens one session, however many bring it at once.
func TestPasskeyOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, phone := keyed(t, d)
		options, token, err := a.BeginKeyEntry(t.Context(), "198.51.100.7")
		if err != nil {
			t.Fatal(err)
		}
		answer := phone.show(options)
		var wait sync.WaitGroup
		var entered atomic.Int64
		for range 20 {
			wait.Go(func() {
				if _, err := a.EnterByKey(t.Context(), token, answer, Device{}); err == nil {
					entered.Add(1)
				} else if !errors.Is(err, ErrCeremony) {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if entered.Load() != 1 {
			t.Errorf("%d sessions", entered.Load())
		}
	})
}
