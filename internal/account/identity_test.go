package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/openid"
	"passerelle/internal/openid/openidtest"
)

// A traveller goes to the provider and back.
type traveller struct {
	t     *testing.T
	a     *Accounts
	there *openidtest.Provider
}

// provided opens a house with a provider.
func provided(t *testing.T, d *db.DB) (traveller, func(time.Duration), *postbox) {
	t.Helper()
	a, now, post := house(d)
	there := openidtest.Open(t)
	a.Provider = openid.New(there.Config())
	return traveller{t, a, there}, func(d time.Duration) { now.Pass(d) }, post
}

func (v traveller) begin(q AskedIdentity, subject string) Return {
	v.t.Helper()
	if q.Host == "" {
		q.Host = "198.51.100.7"
	}
	address, token, err := v.a.BeginIdentity(v.t.Context(), q)
	if err != nil {
		v.t.Fatal(err)
	}
	return Return{Token: token, Answer: v.there.Visit(address, subject), Person: q.Person}
}

func (v traveller) enter(q AskedIdentity, subject string) (*Entered, error) {
	v.t.Helper()
	e, _, err := v.a.EnterByIdentity(v.t.Context(), v.begin(q, subject))
	return e, err
}

func said(sub, mail string, more ...any) map[string]any {
	m := map[string]any{"sub": sub, "email": mail, "email_verified": true}
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return m
}

func TestEnterByIdentity(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, pass, post := provided(t, d)
		v.there.Know(said("amina-1", "Amina@pain.example", "given_name", "Amina", "usual_name", "Ben  Salah", "siret", bakery.String()))
		e, err := v.enter(AskedIdentity{Next: "/mon-espace/donnees", Language: "en"}, "amina-1")
		if err != nil {
			t.Fatal(err)
		}
		p := e.Person
		if !e.First || e.Claimed != bakery || e.Next != "/mon-espace/donnees" || p.Name() != "Amina Ben Salah" || p.Language != "en" || p.Mail != "Amina@pain.example" {
			t.Errorf("first: %+v, %+v", e, p)
		}
		if got := e.Until.Sub(v.a.Clock.Now()); got != memberSession {
			t.Errorf("a member's session lasts %s", got)
		}
		s, err := v.a.Session(t.Context(), e.Token)
		if err != nil || s.Method != "proconnect" {
			t.Errorf("session: %+v, %v", s, err)
		}
		if address, err := v.a.Farewell(t.Context(), s.Session); err != nil || !strings.Contains(address, "/end_session?") || !strings.Contains(address, "id_token_hint=ey") {
			t.Errorf("leaving: %q, %v", address, err)
		}
		// She changes her name here and her address there: she stays herself.
		if err := v.a.ChangeNames(t.Context(), Actor{Who: p.ID, Channel: Web}, p.ID, Names{Given: "Mina"}); err != nil {
			t.Fatal(err)
		}
		v.there.Know(said("amina-1", "other@pain.example", "given_name", "Amina", "usual_name", "Ben Salah"))
		pass(time.Hour)
		e, err = v.enter(AskedIdentity{}, "amina-1")
		if err != nil || e.First || e.Person.ID != p.ID || e.Person.Name() != "Mina" || e.Person.Mail != "Amina@pain.example" || e.Claimed != 0 {
			t.Errorf("again: %+v, %v", e, err)
		}
		known, err := v.a.Identities(t.Context(), p.ID)
		if err != nil || len(known) != 1 || known[0].Subject != "amina-1" || !known[0].SeenAt.After(known[0].CreatedAt) {
			t.Errorf("identities: %+v, %v", known, err)
		}
		// By mail she is the same person, and that session ends nowhere else.
		if e = enter(t, v.a, post, "amina@pain.example"); e.Person.ID != p.ID {
			t.Error("by mail she is another")
		}
		s, err = v.a.Session(t.Context(), e.Token)
		if err != nil {
			t.Fatal(err)
		}
		if address, err := v.a.Farewell(t.Context(), s.Session); err != nil || address != "" {
			t.Errorf("leaving what began by mail: %q, %v", address, err)
		}
		acts, err := v.a.Acts(t.Context(), p.ID, "", 50)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, act := range acts {
			names = append(names, act.Act)
		}
		slices.Sort(names) // those of one transaction have one moment
		if got := strings.Join(names, " "); got != "account.names account.names account.open identity.join session.open session.open session.open" {
			t.Errorf("record: %s", got)
		}
		if err := v.a.RemoveIdentities(t.Context(), Actor{Who: p.ID, Channel: Web}, p.ID); err != nil {
			t.Fatal(err)
		}
		if known, err := v.a.Identities(t.Context(), p.ID); err != nil || len(known) != 0 {
			t.Errorf("parted: %+v, %v", known, err)
		}
	})
}

// Staff are let in for a day's work, whichever way they come.
func TestStaffByIdentity(t *testing.T) {
	v, _, _ := provided(t, dbtest.SQLite(t))
	if _, err := v.a.Add(t.Context(), Actor{Who: "operator", Channel: Command}, NewPerson{Mail: "nadia@cma.example", Duty: Duty{Facilitator, CMA}}); err != nil {
		t.Fatal(err)
	}
	v.there.Know(said("nadia-1", "NADIA@cma.example"))
	e, err := v.enter(AskedIdentity{}, "nadia-1")
	if err != nil || e.First || !e.Person.Is(Facilitator) || e.Until.Sub(v.a.Clock.Now()) != staffSession {
		t.Errorf("%+v, %v", e, err)
	}
}

// An address that is not vouched for, or that another identity has, opens
// nothing: it would let whoever chooses it into somebody's account. Who is
// signed in joins what they like.
func TestWhoseAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, _, post := provided(t, d)
		amina := enter(t, v.a, post, "amina@pain.example").Person
		eve := enter(t, v.a, post, "eve@evil.example").Person
		count := func() (n int) {
			t.Helper()
			if err := d.Read(t.Context(), func(tx *db.Tx) error {
				return tx.One(t.Context(), []any{&n}, `SELECT (SELECT count(*) FROM person) + 100 * (SELECT count(*) FROM identity) + 10000 * (SELECT count(*) FROM session)`)
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := count()
		for name, claims := range map[string]map[string]any{
			"not verified":  {"sub": "eve-1", "email": "amina@pain.example", "email_verified": false},
			"nothing said":  {"sub": "eve-1", "email": "amina@pain.example"},
			"a new address": {"sub": "eve-1", "email": "jean@pain.example", "email_verified": false},
			"no address":    {"sub": "eve-1", "email_verified": true},
			"not one":       {"sub": "eve-1", "email": "amina@pain.example\r\nBcc: x@evil.example", "email_verified": true},
		} {
			v.there.Know(claims)
			if e, err := v.enter(AskedIdentity{}, "eve-1"); !errors.Is(err, ErrIdentityMail) {
				t.Errorf("%s: %+v, %v", name, e, err)
			}
		}
		if after := count(); after != before {
			t.Errorf("refused, yet there are %d things instead of %d", after, before)
		}
		// Amina joins hers, although its address is not vouched for.
		v.there.Know(map[string]any{"sub": "amina-1", "email": "direction@pain.example", "email_verified": false})
		e, err := v.enter(AskedIdentity{Person: amina.ID}, "amina-1")
		if err != nil || e.Token != "" || e.Person.ID != amina.ID {
			t.Fatalf("joining: %+v, %v", e, err)
		}
		if e, err = v.enter(AskedIdentity{}, "amina-1"); err != nil || e.Person.ID != amina.ID || e.Token == "" {
			t.Errorf("then entering: %+v, %v", e, err)
		}
		// Eve may not have it, nor come in by Amina's address.
		if e, err := v.enter(AskedIdentity{Person: eve.ID}, "amina-1"); !errors.Is(err, ErrIdentityTaken) {
			t.Errorf("somebody else's identity: %+v, %v", e, err)
		}
		v.there.Know(said("eve-2", "amina@pain.example"))
		if e, err := v.enter(AskedIdentity{}, "eve-2"); !errors.Is(err, ErrIdentityTaken) {
			t.Errorf("an address that another identity has: %+v, %v", e, err)
		}
		// The same subject of another provider is another.
		other := openidtest.Open(t)
		other.Know(said("amina-1", "jean@pain.example"))
		v.a.Provider, v.there = openid.New(other.Config()), other
		if e, err := v.enter(AskedIdentity{}, "amina-1"); err != nil || e.Person.ID == amina.ID || !e.First {
			t.Errorf("the same subject elsewhere: %+v, %v", e, err)
		}
	})
}

// What was begun ends once, in time, in the browser that began, for who began.
func TestIdentityCeremony(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, pass, post := provided(t, d)
		v.there.Know(said("amina-1", "amina@pain.example"))
		amina := enter(t, v.a, post, "amina@pain.example").Person
		back := v.begin(AskedIdentity{Next: "//evil.example", Language: "en"}, "amina-1")
		for name, c := range map[string]struct {
			change func(*Return)
			want   error
		}{
			"another browser":        {func(r *Return) { r.Token = v.begin(AskedIdentity{}, "amina-1").Token }, openid.ErrAnswer},
			"a browser of nothing":   {func(r *Return) { r.Token = "" }, ErrCeremony},
			"a made-up one":          {func(r *Return) { r.Token = db.NewToken() }, ErrCeremony},
			"another state":          {func(r *Return) { r.Answer = url.Values{"state": {"x"}, "code": r.Answer["code"]} }, openid.ErrAnswer},
			"nothing":                {func(r *Return) { r.Answer = nil }, openid.ErrAnswer},
			"an error of no journey": {func(r *Return) { r.Answer = url.Values{"error": {"access_denied"}} }, openid.ErrAnswer},
		} {
			r := back
			c.change(&r)
			if e, _, err := v.a.EnterByIdentity(t.Context(), r); !errors.Is(err, c.want) {
				t.Errorf("%s: %+v, %v; want %v", name, e, err, c.want)
			}
		}
		e, asked, err := v.a.EnterByIdentity(t.Context(), back)
		if err != nil || e.Next != "" || asked.Language != "en" {
			t.Errorf("after all that: %+v, %+v, %v", e, asked, err)
		}
		if _, _, err := v.a.EnterByIdentity(t.Context(), back); !errors.Is(err, ErrCeremony) {
			t.Errorf("again: %v", err)
		}
		back = v.begin(AskedIdentity{}, "amina-1")
		pass(ceremonyFor + time.Second)
		if _, _, err := v.a.EnterByIdentity(t.Context(), back); !errors.Is(err, ErrCeremony) {
			t.Errorf("too late: %v", err)
		}
		back = v.begin(AskedIdentity{Person: amina.ID}, "amina-1")
		for _, who := range []string{"", "somebody"} {
			back := back
			if back.Person = who; who != "" {
				back = v.begin(AskedIdentity{Person: amina.ID}, "amina-1")
				back.Person = who
			}
			if _, asked, err := v.a.EnterByIdentity(t.Context(), back); !errors.Is(err, ErrCeremony) || asked.Person != amina.ID {
				t.Errorf("joined by %q: %v", who, err)
			}
		}
		// A key's ceremony is none of a provider's.
		token, err := v.a.begin(t.Context(), "key_entry", trip{Trip: openid.Trip{State: "s"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := v.a.EnterByIdentity(t.Context(), Return{Token: token, Answer: url.Values{"state": {"s"}}}); !errors.Is(err, ErrCeremony) {
			t.Errorf("of another kind: %v", err)
		}
	})
}

func TestIdentityLimits(t *testing.T) {
	v, pass, _ := provided(t, dbtest.SQLite(t))
	for n := range identityEntriesPerHost + 1 {
		_, _, err := v.a.BeginIdentity(t.Context(), AskedIdentity{Host: "192.0.2.1"})
		if (n < identityEntriesPerHost) != (err == nil) || err != nil && !errors.Is(err, ErrOften) {
			t.Fatalf("departure %d: %v", n, err)
		}
	}
	if _, _, err := v.a.BeginIdentity(t.Context(), AskedIdentity{Host: "192.0.2.2"}); err != nil {
		t.Errorf("another client: %v", err)
	}
	pass(time.Hour + time.Second)
	if _, _, err := v.a.BeginIdentity(t.Context(), AskedIdentity{Host: "192.0.2.1"}); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	v.a.Provider = nil
	if _, _, err := v.a.BeginIdentity(t.Context(), AskedIdentity{}); !errors.Is(err, ErrNoProvider) {
		t.Errorf("without a provider: %v", err)
	}
	if _, _, err := v.a.EnterByIdentity(t.Context(), Return{}); !errors.Is(err, ErrNoProvider) {
		t.Errorf("without a provider: %v", err)
	}
}

func TestShowByIdentity(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, now, post := house(d)
		show := func(p *Person) error {
			fresh, err := a.Person(t.Context(), p.ID)
			if err != nil {
				t.Fatal(err)
			}
			return a.ShowByIdentity(t.Context(), Actor{Who: p.ID, Channel: Web}, fresh, bakery, "artois")
		}
		amina, jean, eve := enter(t, a, post, "amina@pain.example").Person, enter(t, a, post, "jean@pain.example").Person, enter(t, a, post, "eve@pain.example").Person
		// She waits for a letter; the provider settles it.
		c, err := a.ClaimFirm(t.Context(), Actor{Who: amina.ID, Channel: Web}, amina, bakery, "artois")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := show(amina); err != nil || !member(t, a, amina.ID) {
				t.Errorf("amina: %v", err)
			}
		}
		if c, err = a.Claim(t.Context(), c.ID); err != nil || c.State != ClaimApproved || c.Proof != ByProConnect {
			t.Errorf("her claim: %+v, %v", c, err)
		}
		// Without a claim before; she is told.
		if err := show(jean); err != nil || !member(t, a, jean.ID) {
			t.Errorf("jean: %v", err)
		}
		if l := post.last(t, "amina@pain.example"); l.Kind != "membership.join" || l.SIRET != bakery || l.Proof != ByProConnect {
			t.Errorf("amina is told %+v", l)
		}
		// Who left stays out, and who was refused.
		if err := a.LeaveFirm(t.Context(), Actor{Who: jean.ID, Channel: Web}, jean.ID, bakery); err != nil {
			t.Fatal(err)
		}
		if c, err = a.ClaimFirm(t.Context(), Actor{Who: eve.ID, Channel: Web}, eve, bakery, "artois"); err != nil {
			t.Fatal(err)
		}
		if _, err = a.Refuse(t.Context(), Actor{Who: "nadia", Channel: Web}, c.ID, "inconnue de la gérante"); err != nil {
			t.Fatal(err)
		}
		now.Pass(time.Minute)
		for _, p := range []*Person{jean, eve} {
			if err := show(p); err != nil || member(t, a, p.ID) {
				t.Errorf("%s: %v", p.Mail, err)
			}
		}
	})
}

// Two hundred come at once, each of them twice in two windows: each has one
// account, one identity, and as many sessions as they opened. One answer
// brought by many opens one.
func TestIdentitiesAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v, _, _ := provided(t, d)
		const people, windows = 100, 2
		backs := make([]Return, 0, people*windows)
		for n := range people {
			sub := fmt.Sprint("artisan-", n)
			v.there.Know(said(sub, sub+"@lys.example", "given_name", "Artisan"))
			for w := range windows {
				backs = append(backs, v.begin(AskedIdentity{Host: fmt.Sprint(n, " ", w)}, sub))
			}
		}
		var wait sync.WaitGroup
		var entered atomic.Int64
		for _, back := range backs {
			for range 2 { // pressed twice
				wait.Go(func() {
					_, _, err := v.a.EnterByIdentity(t.Context(), back)
					switch {
					case err == nil:
						entered.Add(1)
					case !errors.Is(err, ErrCeremony):
						t.Error(err)
					}
				})
			}
		}
		wait.Wait()
		var persons, identities, sessions, opened, joined int
		if err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.One(t.Context(), []any{&persons, &identities, &sessions, &opened, &joined}, `
				SELECT (SELECT count(*) FROM person), (SELECT count(*) FROM identity), (SELECT count(*) FROM session),
					(SELECT count(*) FROM audit_entry WHERE act = 'account.open'), (SELECT count(*) FROM audit_entry WHERE act = 'identity.join')`)
		}); err != nil {
			t.Fatal(err)
		}
		if entered.Load() != people*windows || persons != people || identities != people || sessions != people*windows || opened != people || joined != people {
			t.Errorf("%d entered, %d persons, %d identities, %d sessions, %d opened, %d joined", entered.Load(), persons, identities, sessions, opened, joined)
		}
	})
}

// Whatever the provider says, names are on one line and a SIRET is one.
func FuzzClaims(f *testing.F) {
	f.Add([]byte(`{"given_name":"Amina","usual_name":"Ben Salah","siret":"38269518700049"}`))
	f.Add([]byte(`{"given_name":["x"],"usual_name":{},"family_name":"N\u0000om\u202e","siret":38269518700049}`))
	f.Add([]byte(`{"siret":"38269518700040"}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readClaims(func(v any) error { return json.Unmarshal(b, v) })
		if err != nil {
			if !errors.Is(err, openid.ErrAnswer) {
				t.Errorf("%q: %v", b, err)
			}
			return
		}
		if c.siret != 0 && !c.siret.Valid() || c.given != cleanName(c.given) || c.family != cleanName(c.family) {
			t.Errorf("%q: %+v", b, c)
		}
	})
}
