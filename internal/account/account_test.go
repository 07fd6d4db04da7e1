package account

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

func TestSignIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, clock, post := house(d)
		ask := AskedLink{Mail: " Amina@Boulangerie-Lys.fr ", Next: "/mon-espace/entreprise", Language: "fr", Host: "192.0.2.7"}
		if err := a.AskLink(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
		letter := post.last(t, "Amina@boulangerie-lys.fr")
		if letter.Kind != "signin" || letter.Person != "" || letter.Until.Sub(clock.Now()) != 15*time.Minute {
			t.Errorf("letter = %+v", letter)
		}
		for range 3 { // a scanner opens it, then she does
			if mail, err := a.Link(t.Context(), letter.Token); err != nil || mail != "Amina@boulangerie-lys.fr" {
				t.Fatalf("Link = %q, %v", mail, err)
			}
		}
		e, err := a.Enter(t.Context(), letter.Token, Device{"Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"})
		if err != nil {
			t.Fatal(err)
		}
		if !e.First || e.Next != ask.Next || e.Until.Sub(clock.Now()) != 30*24*time.Hour {
			t.Errorf("entered = %+v", e)
		}
		if _, err := a.Enter(t.Context(), letter.Token, Device{}); !errors.Is(err, ErrLink) {
			t.Errorf("a link used twice: %v", err)
		}
		if _, err := a.Link(t.Context(), letter.Token); !errors.Is(err, ErrLink) {
			t.Errorf("a used link: %v", err)
		}
		again := enter(t, a, post, "Amina@boulangerie-lys.fr")
		if again.First || again.Person.ID != e.Person.ID {
			t.Errorf("the second sign-in made another account")
		}
		list, err := a.Sessions(t.Context(), e.Person.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 2 || list[0].Device+list[1].Device != "Firefox, Android" {
			t.Errorf("sessions = %+v", list)
		}
	})
}

func TestLinkRunsOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, clock, post := house(d)
		if err := a.AskLink(t.Context(), AskedLink{Mail: "amina@lys.fr"}); err != nil {
			t.Fatal(err)
		}
		clock.Pass(15 * time.Minute)
		token := post.last(t, "amina@lys.fr").Token
		if _, err := a.Link(t.Context(), token); !errors.Is(err, ErrLink) {
			t.Errorf("Link after 15 minutes: %v", err)
		}
		if _, err := a.Enter(t.Context(), token, Device{}); !errors.Is(err, ErrLink) {
			t.Errorf("Enter after 15 minutes: %v", err)
		}
		if _, err := a.Enter(t.Context(), "", Device{}); !errors.Is(err, ErrLink) {
			t.Errorf("Enter without a token: %v", err)
		}
	})
}

func TestLinksAreLimited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, clock, _ := house(d)
		for i := range linksPerMail {
			if err := a.AskLink(t.Context(), AskedLink{Mail: "amina@lys.fr", Host: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.AskLink(t.Context(), AskedLink{Mail: "AMINA@LYS.FR", Host: "another"}); !errors.Is(err, ErrOften) {
			t.Errorf("the sixth in an hour: %v", err)
		}
		if err := a.AskLink(t.Context(), AskedLink{Mail: "jean@lys.fr", Host: "another"}); err != nil {
			t.Errorf("another address: %v", err)
		}
		clock.Pass(linkWindow)
		if err := a.AskLink(t.Context(), AskedLink{Mail: "amina@lys.fr", Host: "1"}); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	})
}

// However many click, one signs in.
func TestLinkIsUsedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, post := house(d)
		if err := a.AskLink(t.Context(), AskedLink{Mail: "amina@lys.fr"}); err != nil {
			t.Fatal(err)
		}
		token := post.last(t, "amina@lys.fr").Token
		var wait sync.WaitGroup
		var mu sync.Mutex
		in := 0
		for range 16 {
			wait.Go(func() {
				_, err := a.Enter(t.Context(), token, Device{})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					in++
				} else if !errors.Is(err, ErrLink) {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if in != 1 {
			t.Errorf("%d signed in with one link", in)
		}
	})
}

// 200 people at once, each address from two browsers: nothing is lost, nobody
// has two accounts.
func TestSignInsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, post := house(d)
		const people = 100
		var tokens []string
		for i := range people {
			mail := fmt.Sprintf("p%d@lys.fr", i)
			for range 2 {
				if err := a.AskLink(t.Context(), AskedLink{Mail: mail, Host: mail}); err != nil {
					t.Fatal(err)
				}
				tokens = append(tokens, post.last(t, mail).Token)
			}
		}
		var wait sync.WaitGroup
		got := make([]*Entered, len(tokens))
		for i, token := range tokens {
			wait.Go(func() {
				e, err := a.Enter(t.Context(), token, Device{})
				if err != nil {
					t.Errorf("sign-in %d: %v", i, err)
				}
				got[i] = e
			})
		}
		wait.Wait()
		if t.Failed() {
			return
		}
		ids, sessions := map[string]bool{}, map[string]bool{}
		for i, e := range got {
			ids[e.Person.ID] = true
			sessions[e.Token] = true
			if e.Person.ID != got[i^1].Person.ID {
				t.Errorf("sign-in %d and %d of one address have two accounts", i, i^1)
			}
			if s, err := a.Session(t.Context(), e.Token); err != nil || s.Person.Mail != fmt.Sprintf("p%d@lys.fr", i/2) {
				t.Errorf("session %d: %v", i, err)
			}
		}
		if len(ids) != people || len(sessions) != len(tokens) {
			t.Errorf("%d accounts and %d sessions, want %d and %d", len(ids), len(sessions), people, len(tokens))
		}
		if err := a.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Verify(t.Context()); err != nil || n != people+int64(len(tokens)) {
			t.Errorf("the record has %d acts (%v), want %d", n, err, people+len(tokens))
		}
	})
}

func TestSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, clock, post := house(d)
		e := enter(t, a, post, "amina@lys.fr")
		clock.Pass(changeAfter + time.Second)
		s, err := a.Session(t.Context(), e.Token)
		if err != nil || s.Token == "" || s.Token == e.Token {
			t.Fatalf("after an hour the token should change: %+v, %v", s, err)
		}
		if again, err := a.Session(t.Context(), e.Token); err != nil || again.Token != "" {
			t.Errorf("the token before, a moment later: %+v, %v", again, err)
		}
		clock.Pass(oldTokenFor + time.Second)
		if _, err := a.Session(t.Context(), e.Token); !errors.Is(err, ErrSession) {
			t.Errorf("the token before, a minute later: %v", err)
		}
		if _, err := a.Session(t.Context(), s.Token); err != nil {
			t.Errorf("the new token: %v", err)
		}
		clock.Pass(30 * 24 * time.Hour)
		if _, err := a.Session(t.Context(), s.Token); !errors.Is(err, ErrSession) {
			t.Errorf("after 30 days: %v", err)
		}
		for _, token := range []string{"", "none", strings.Repeat("x", 5000)} {
			if _, err := a.Session(t.Context(), token); !errors.Is(err, ErrSession) {
				t.Errorf("token %.8q: %v", token, err)
			}
		}
	})
}

func TestLeave(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, post := house(d)
		amina, other, jean := enter(t, a, post, "amina@lys.fr"), enter(t, a, post, "amina@lys.fr"), enter(t, a, post, "jean@lys.fr")
		id := func(e *Entered) string {
			s, err := a.Session(t.Context(), e.Token)
			if err != nil {
				t.Fatal(err)
			}
			return s.Session
		}
		by := Actor{Who: amina.Person.ID, Channel: Web}
		if err := a.Leave(t.Context(), by, amina.Person.ID, id(jean)); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("ending somebody else's session: %v", err)
		}
		if err := a.LeaveOthers(t.Context(), by, amina.Person.ID, id(amina)); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Session(t.Context(), other.Token); !errors.Is(err, ErrSession) {
			t.Errorf("the other browser is still in: %v", err)
		}
		if err := a.Leave(t.Context(), by, amina.Person.ID, id(amina)); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Session(t.Context(), amina.Token); !errors.Is(err, ErrSession) {
			t.Errorf("still in after leaving: %v", err)
		}
		if _, err := a.Session(t.Context(), jean.Token); err != nil {
			t.Errorf("Jean was put out too: %v", err)
		}
	})
}

func TestAdd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, clock, _ := house(d)
		by := Actor{Who: "operator", Channel: Command}
		token, err := a.Add(t.Context(), by, NewPerson{Mail: "claire@cma.fr", Duty: Duty{Facilitator, CMA}, Territories: []string{"artois", "audomarois"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Add(t.Context(), by, NewPerson{Mail: "Claire@cma.fr", Duty: Duty{Role: Operator}}); err != nil {
			t.Fatal(err)
		}
		clock.Pass(23 * time.Hour)
		e, err := a.Enter(t.Context(), token, Device{})
		if err != nil {
			t.Fatal(err)
		}
		want := []Duty{{Facilitator, CMA}, {Operator, ""}}
		if diff := cmp.Diff(want, e.Person.Duties); diff != "" {
			t.Errorf("duties (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"artois", "audomarois"}, e.Person.Territories); diff != "" {
			t.Errorf("territories (-want +got):\n%s", diff)
		}
		if lasts := e.Until.Sub(clock.Now()); lasts != staffSession {
			t.Errorf("a session of staff lasts %v", lasts)
		}
		if _, err := a.Add(t.Context(), by, NewPerson{Mail: "luc@cma.fr", Duty: Duty{Role: Facilitator}}); err == nil {
			t.Error("a facilitator of no institution was accepted")
		}
		if _, err := a.Add(t.Context(), by, NewPerson{Mail: "luc"}); !errors.Is(err, ErrMail) {
			t.Errorf("an address without a domain: %v", err)
		}
	})
}

func TestSafeNext(t *testing.T) {
	for next, want := range map[string]string{
		"/mon-espace": "/mon-espace", "/annuaire?q=pain&page=2": "/annuaire?q=pain&page=2", "": "", "mon-espace": "",
		"https://ailleurs.example": "", "//ailleurs.example": "", "/\\ailleurs.example": "", "/a\r\nSet-Cookie: x": "", "javascript:alert(1)": "",
		"/" + strings.Repeat("a", 600): "",
	} {
		if got := SafeNext(next); got != want {
			t.Errorf("SafeNext(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestRevoke(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, _ := house(d)
		by := Actor{Who: "operator", Channel: Command}
		for _, mail := range []string{"op@maison.fr", "second@maison.fr"} {
			if _, err := a.Add(t.Context(), by, NewPerson{Mail: mail, Duty: Duty{Role: Operator}}); err != nil {
				t.Fatal(err)
			}
		}
		token, err := a.Add(t.Context(), by, NewPerson{Mail: "op@maison.fr"})
		if err != nil {
			t.Fatal(err)
		}
		e, err := a.Enter(t.Context(), token, Device{})
		if err != nil {
			t.Fatal(err)
		}
		if staff, err := a.Staff(t.Context()); err != nil || len(staff) != 2 || staff[0].Mail != "op@maison.fr" {
			t.Errorf("staff = %v, %v", staff, err)
		}
		if err := a.Revoke(t.Context(), by, "op@maison.fr", Committee); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a role nobody gave: %v", err)
		}
		if err := a.Revoke(t.Context(), by, "op@maison.fr", Operator); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Session(t.Context(), e.Token); !errors.Is(err, ErrSession) {
			t.Errorf("still signed in: %v", err)
		}
		if err := a.Revoke(t.Context(), by, "second@maison.fr", Operator); !errors.Is(err, ErrOperator) {
			t.Errorf("the last operator: %v", err)
		}
		if staff, err := a.Staff(t.Context()); err != nil || len(staff) != 1 || staff[0].Mail != "second@maison.fr" {
			t.Errorf("staff = %v, %v", staff, err)
		}
	})
}
