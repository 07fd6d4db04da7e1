package exchange

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// The establishments of these tests.
const (
	brochard = register.SIRET(49483773500013)
	lys      = register.SIRET(33222211600011)
	reemploi = register.SIRET(44330055300023)
	second   = register.SIRET(44330055300031) // of the enterprise of reemploi
	shy      = register.SIRET(81122334600016) // a masked person
)

// A parlour is the introductions of a house, and the letters that went.
type parlour struct {
	*Introductions
	clock     *clock.Held
	accounts  *account.Accounts
	people    map[string]*account.Person
	mu        sync.Mutex
	letters   []IntroductionLetter
	withdrawn []string
	solicited map[register.SIRET]float64
	firms     map[register.SIRET]directory.Establishment
	unwilling map[string]bool // addresses that wish not to be asked
}

// openParlour opens it with amina of lys, jean of reemploi, and nadia, who looks
// after the Artois. Nobody is of brochard.
func openParlour(t *testing.T, d *db.DB) *parlour {
	t.Helper()
	p := &parlour{
		clock: clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), people: map[string]*account.Person{}, solicited: map[register.SIRET]float64{}, unwilling: map[string]bool{},
		firms: map[register.SIRET]directory.Establishment{},
	}
	for s, mask := range map[register.SIRET]directory.Masking{brochard: 0, lys: 0, reemploi: 0, second: 0, shy: directory.MaskedPerson} {
		p.firms[s] = directory.Establishment{SIRET: s, Name: "Firme " + s.String(), Territory: "artois", Mask: mask}
	}
	p.accounts = &account.Accounts{DB: d, Clock: p.clock, Send: func(context.Context, *db.Tx, account.Letter) error { return nil }}
	p.Introductions = &Introductions{
		DB: d, Clock: p.clock, Secret: []byte("0123456789abcdef"), Leads: &lead.Leads{DB: d, Clock: p.clock, Secret: []byte("0123456789abcdef")},
		Firm: func(s register.SIRET) (directory.Establishment, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			e, ok := p.firms[s]
			if !ok {
				return e, db.ErrNotFound
			}
			return e, nil
		},
		Send: func(_ context.Context, _ *db.Tx, l IntroductionLetter) (bool, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			if (l.Kind == LetterAsk || l.Kind == LetterPoke) && p.unwilling[l.To.Mail] {
				return false, nil
			}
			p.letters = append(p.letters, l)
			return true, nil
		},
		Withdraw: func(_ context.Context, _ *db.Tx, id string) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.withdrawn = append(p.withdrawn, id)
			return nil
		},
		Over: func(_ context.Context, _ *db.Tx, _ directory.Act, s register.SIRET, how func(*directory.Overlay)) error {
			p.mu.Lock()
			defer p.mu.Unlock()
			var o directory.Overlay
			how(&o)
			p.solicited[s] += o.Solicited
			return nil
		},
		Refresh: func(context.Context) error { return nil },
	}
	p.join(t, "amina@lys.fr", lys)
	p.join(t, "jean@reemploi.fr", reemploi)
	token, err := p.accounts.Add(t.Context(), account.Actor{Who: "operator", Channel: account.Command}, account.NewPerson{Mail: "nadia@cma.fr", Duty: account.Duty{Role: account.Facilitator, Institution: account.CMA}})
	if err != nil {
		t.Fatal(err)
	}
	p.enter(t, token)
	return p
}

func (p *parlour) enter(t *testing.T, token string) *account.Person {
	t.Helper()
	e, err := p.accounts.Enter(t.Context(), token, account.Device{})
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(e.Person.Mail, "@")
	p.people[name] = e.Person
	return e.Person
}

// join opens an account that speaks for an establishment.
func (p *parlour) join(t *testing.T, address string, s register.SIRET) {
	t.Helper()
	token, err := p.accounts.Add(t.Context(), account.Actor{Who: "operator", Channel: account.Command}, account.NewPerson{Mail: address})
	if err != nil {
		t.Fatal(err)
	}
	who := p.enter(t, token)
	c, err := p.accounts.ClaimFirm(t.Context(), account.Actor{Who: who.ID, Channel: account.Web}, who, s, "artois")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.accounts.Approve(t.Context(), account.Actor{Who: "nadia", Channel: account.Web}, c.ID, account.ByDecision, ""); err != nil {
		t.Fatal(err)
	}
	who.Memberships = append(who.Memberships, s)
}

func (p *parlour) by(name string) account.Actor {
	return account.Actor{Who: p.people[name].ID, Channel: account.Web}
}

// request is amina asking jean, or a facilitator asking on the phone for hers.
func (p *parlour) request(name string, wanted register.SIRET) Request {
	r := Request{Seeker: lys, Wanted: wanted, Words: "Nous avons des chutes de bois, chaque semaine.", Card: Card{Name: "Amina", Phone: "03 21 00 00 01", Mail: "amina@lys.fr"}, Who: p.people[name], By: p.by(name)}
	if r.Who.Staff() {
		r.By.Channel = account.Phone
	}
	return r
}

// asked is an introduction that waits for jean's answer.
func (p *parlour) asked(t *testing.T) *Introduction {
	t.Helper()
	m, err := p.Ask(t.Context(), p.request("nadia", reemploi))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (p *parlour) accepted(t *testing.T) *Introduction {
	t.Helper()
	m, err := p.Answer(t.Context(), p.asked(t).ID, IntroductionAnswer{Step: Accept, Card: Card{Name: "Jean", Mail: "jean@reemploi.fr"}, By: p.by("jean")})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// kinds returns the kinds of the letters that went, with their readers; those
// to facilitators apart.
func (p *parlour) kinds() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, l := range p.letters {
		if l.Kind == LetterTask {
			continue
		}
		out = append(out, strings.TrimPrefix(l.Kind, "introduction.")+" "+l.To.Mail)
	}
	return out
}
