package account

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/register"
)

const bakery = register.SIRET(38269518700049)

// claimed opens a house in which Amina claims a bakery and Nadia decides.
func claimed(t *testing.T, d *db.DB) (a *Accounts, post *postbox, amina *Person, c *Claim, by, nadia Actor) {
	t.Helper()
	a, _, post = house(d)
	amina = enter(t, a, post, "amina@lys.fr").Person
	staff := enter(t, a, post, "nadia@cma.fr").Person
	by, nadia = Actor{Who: amina.ID, Channel: Web}, Actor{Who: staff.ID, Channel: Web}
	c, err := a.ClaimFirm(t.Context(), by, amina, bakery, "artois")
	if err != nil {
		t.Fatal(err)
	}
	return a, post, amina, c, by, nadia
}

func member(t *testing.T, a *Accounts, id string) bool {
	t.Helper()
	p, err := a.Person(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return May(p, OwnFirm, Object{SIRET: bakery})
}

func TestLetterCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, amina, c, by, nadia := claimed(t, d)
		if again, err := a.ClaimFirm(t.Context(), by, amina, bakery, "artois"); err != nil || again.ID != c.ID {
			t.Errorf("claimed twice: %+v, %v", again, err)
		}
		if _, err := a.TypeCode(t.Context(), by, c.ID, "K7QM2XPA"); !errors.Is(err, ErrNoTries) {
			t.Errorf("before any letter: %v", err)
		}
		old, _, err := a.LetterCode(t.Context(), nadia, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		code, _, err := a.LetterCode(t.Context(), nadia, c.ID)
		if err != nil || len(code) != codeLength || strings.ContainsAny(code, "01OILU") {
			t.Fatalf("code %q, %v", code, err)
		}
		if _, err := a.TypeCode(t.Context(), by, c.ID, old); !errors.Is(err, ErrCode) {
			t.Errorf("the code of the letter before: %v", err)
		}
		if member(t, a, amina.ID) {
			t.Fatal("a wrong code opened the bakery")
		}
		typed := " " + strings.ToLower(code[:4]) + "-" + code[4:] + " "
		for range 2 {
			if _, err := a.TypeCode(t.Context(), by, c.ID, typed); err != nil {
				t.Fatal(err)
			}
		}
		if !member(t, a, amina.ID) {
			t.Error("the code did not open the bakery")
		}
		p, err := a.Person(t.Context(), amina.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.ClaimFirm(t.Context(), by, p, bakery, "artois"); !errors.Is(err, ErrMember) {
			t.Errorf("claiming what is hers: %v", err)
		}
		if err := a.LeaveFirm(t.Context(), by, amina.ID, bakery); err != nil || member(t, a, amina.ID) {
			t.Errorf("leaving: %v", err)
		}
	})
}

// Five wrong codes, however many come at once, and the sixth is not looked at.
func TestCodeTries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, amina, c, by, nadia := claimed(t, d)
		code, _, err := a.LetterCode(t.Context(), nadia, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		for range 12 {
			wait.Go(func() {
				if _, err := a.TypeCode(t.Context(), by, c.ID, "AAAAAAAA"); !errors.Is(err, ErrCode) && !errors.Is(err, ErrNoTries) {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if _, err := a.TypeCode(t.Context(), by, c.ID, code); !errors.Is(err, ErrNoTries) {
			t.Errorf("the right code after five wrong ones: %v", err)
		}
		if code, _, err = a.LetterCode(t.Context(), nadia, c.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := a.TypeCode(t.Context(), by, c.ID, code); err != nil || !member(t, a, amina.ID) {
			t.Errorf("another letter: %v", err)
		}
	})
}

func TestDecide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, post, amina, c, by, nadia := claimed(t, d)
		if _, err := a.Refuse(t.Context(), nadia, c.ID, "  "); !errors.Is(err, ErrReason) {
			t.Errorf("a refusal without a reason: %v", err)
		}
		for range 2 { // two people press the same button
			if got, err := a.Approve(t.Context(), nadia, c.ID, ByDecision, "vue à sa boutique"); err != nil || got.State != ClaimApproved {
				t.Fatalf("approve: %+v, %v", got, err)
			}
		}
		if l := post.last(t, "amina@lys.fr"); l.Kind != "claim.approve" || l.Claim.SIRET != bakery {
			t.Errorf("letter %+v", l)
		}
		sent := 0
		for _, l := range post.letters {
			if l.Kind == "claim.approve" {
				sent++
			}
		}
		if sent != 1 {
			t.Errorf("%d letters say that it was approved", sent)
		}
		if _, err := a.Refuse(t.Context(), nadia, c.ID, "non"); !errors.Is(err, ErrDecided) {
			t.Errorf("refusing what was approved: %v", err)
		}
		if !member(t, a, amina.ID) {
			t.Error("not a member")
		}
		other, err := a.ClaimFirm(t.Context(), by, amina, register.SIRET(44330055300023), "artois")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := a.Withdraw(t.Context(), by, other.ID); err != nil || got.State != ClaimWithdrawn {
			t.Errorf("withdraw: %+v, %v", got, err)
		}
		if _, err := a.Approve(t.Context(), nadia, other.ID, ByDecision, ""); !errors.Is(err, ErrDecided) {
			t.Errorf("approving what was withdrawn: %v", err)
		}
		open, err := a.OpenClaims(t.Context())
		if err != nil || len(open) != 0 {
			t.Errorf("open claims: %v, %v", open, err)
		}
		all, err := a.ClaimsOf(t.Context(), amina.ID)
		if err != nil || len(all) != 2 {
			t.Errorf("her claims: %v, %v", all, err)
		}
	})
}

func TestReadCode(t *testing.T) {
	for in, want := range map[string]string{"k7qm 2xpa": "K7QM2XPA", "K7QM-2XPA\n": "K7QM2XPA", "": "", "é!": "", strings.Repeat("A", 100): strings.Repeat("A", 16)} {
		if got := readCode(in); got != want {
			t.Errorf("readCode(%q) = %q, want %q", in, got, want)
		}
	}
}

// One of its people lets another in; a link sent by who has left since lets
// nobody in.
func TestInvite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, post, amina, c, by, nadia := claimed(t, d)
		if _, err := a.Approve(t.Context(), nadia, c.ID, ByDecision, ""); err != nil {
			t.Fatal(err)
		}
		for _, mail := range []string{"jean@lys.fr", "late@lys.fr"} {
			if err := a.Invite(t.Context(), by, bakery, mail, "fr"); err != nil {
				t.Fatal(err)
			}
		}
		if err := a.Invite(t.Context(), by, bakery, "jean@", "fr"); !errors.Is(err, ErrMail) {
			t.Errorf("no address: %v", err)
		}
		l := post.last(t, "jean@lys.fr")
		if l.Kind != "membership.invite" || l.SIRET != bakery {
			t.Errorf("letter %+v", l)
		}
		e, err := a.Enter(t.Context(), l.Token, Device{})
		if err != nil {
			t.Fatal(err)
		}
		if !member(t, a, e.Person.ID) {
			t.Error("Jean was not let in")
		}
		if list, err := a.Members(t.Context(), bakery); err != nil || len(list) != 2 {
			t.Errorf("members: %v, %v", list, err)
		}
		if err := a.LeaveFirm(t.Context(), by, amina.ID, bakery); err != nil {
			t.Fatal(err)
		}
		late, err := a.Enter(t.Context(), post.last(t, "late@lys.fr").Token, Device{})
		if err != nil {
			t.Fatal(err)
		}
		if member(t, a, late.Person.ID) {
			t.Error("a link of who has left let somebody in")
		}
		for range invitesPerDay {
			err = a.Invite(t.Context(), by, bakery, "x@lys.fr", "fr")
		}
		if !errors.Is(err, ErrOften) {
			t.Errorf("the eleventh in a day: %v", err)
		}
	})
}
