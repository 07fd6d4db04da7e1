package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

func TestNext(t *testing.T) {
	for _, c := range []struct {
		from  State
		step  Step
		to    State
		moved bool
		want  error
	}{
		{Held, Release, Asked, true, nil},
		{Held, Accept, Held, false, ErrEnded},
		{Asked, Release, Asked, false, nil},
		{Asked, Accept, Accepted, true, nil},
		{Asked, Decline, Declined, true, nil},
		{Asked, Postpone, Postponed, true, nil},
		{Asked, Conclude, Asked, false, ErrEnded},
		{Accepted, Accept, Accepted, false, nil},
		{Accepted, Decline, Accepted, false, ErrEnded},
		{Accepted, Conclude, Closed, true, nil},
		{Declined, Decline, Declined, false, nil},
		{Declined, Accept, Declined, false, ErrEnded},
		{Postponed, Accept, Postponed, false, ErrEnded},
		{Closed, End, Closed, false, ErrEnded},
		{Closed, Conclude, Closed, false, ErrEnded},
	} {
		to, moved, err := Next(c.from, c.step)
		if to != c.to || moved != c.moved || !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s of %s: %s, %t, %v; want %s, %t, %v", c.step, c.from, to, moved, err, c.to, c.moved, c.want)
		}
	}
}

// Nine days of silence ask for one reminder, twenty-one for a facilitator,
// forty-five for the end; none on a week-end or at night.
func TestHardCase34Clocks(t *testing.T) {
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return monday.AddDate(0, 0, n) }
	for _, c := range []struct {
		name string
		m    Introduction
		at   time.Time
		want Stroke
	}{
		{"a week", Introduction{State: Asked}, day(8), NoStroke},
		{"nine days, on a Wednesday", Introduction{State: Asked}, day(9), StrokePoke},
		{"nine days and a night", Introduction{State: Asked}, day(9).Add(14 * time.Hour), NoStroke},
		{"once", Introduction{State: Asked, PokedAt: day(9)}, day(10), NoStroke},
		{"twelve days, on a Saturday", Introduction{State: Asked}, day(12), NoStroke},
		{"fourteen, on the Monday after", Introduction{State: Asked}, day(14), StrokePoke},
		{"nobody there can be written to", Introduction{State: Asked, Task: ToCall}, day(9), NoStroke},
		{"twenty-one days", Introduction{State: Asked, PokedAt: day(9)}, day(21), StrokeTask},
		{"late for the reminder", Introduction{State: Asked}, day(22), StrokeTask},
		{"told", Introduction{State: Asked, Task: ToBreak}, day(30), NoStroke},
		{"forty-five days, on a Thursday", Introduction{State: Asked, Task: ToBreak}, day(45), StrokeClose},
		{"on the Saturday after", Introduction{State: Asked, Task: ToBreak}, day(47), NoStroke},
		{"talk that dies away", Introduction{State: Accepted}, day(9), StrokePoke},
		{"held", Introduction{State: Held}, day(45), NoStroke},
		{"declined", Introduction{State: Declined}, day(9), NoStroke},
		{"closed", Introduction{State: Closed}, day(45), NoStroke},
	} {
		c.m.QuietSince = monday
		if got := c.m.Due(c.at); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestHideReach(t *testing.T) {
	for text, want := range map[string]string{
		"Écrivez à amina@lys.fr ou au 03 21 00 00 01.":              "Écrivez à […] ou au […].",
		"amina (at) lys.fr, +33 3 21 00 00 01, 03.21.00.00.01":      "[…] […], […], […]",
		"Le 12/11/2026, 400 kg à 1 250 € la tonne, 62330 Isbergues": "Le 12/11/2026, 400 kg à 1 250 € la tonne, 62330 Isbergues",
	} {
		got := HideReach(text)
		if strings.ContainsAny(got, "@") || strings.Contains(got, "lys.fr") || strings.Contains(got, "21 00") || !strings.Contains(want, Hidden) && got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func FuzzHideReach(f *testing.F) {
	f.Add("amina@lys.fr 0321000001")
	f.Add("@@ a@ @b c@\n@d +33.3.2.1.0.0.0.0.0.1")
	f.Fuzz(func(t *testing.T, s string) {
		got := HideReach(plain(s, MaxIntroduction))
		if strings.Contains(got, "@") || phoneLike.MatchString(got) || mailLike.MatchString(got) && strings.Contains(got, "@") {
			t.Errorf("%q became %q", s, got)
		}
	})
}

// From the asking to a cooperation: nothing of one side reaches the other
// before both agree.
func TestHardCase07Introduction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		ctx := t.Context()
		r := p.request("nadia", reemploi)
		r.Words = "Du bois. Appelez le 03 21 00 00 01, amina@lys.fr"
		r.Origin = lead.Origin{Kind: lead.FromNeed, ID: "n1"}
		m, err := p.Ask(ctx, r)
		if err != nil || m.State != Asked || strings.Contains(m.Words, "amina@") || strings.Contains(m.Words, "21 00") || p.solicited[reemploi] != 1 {
			t.Fatalf("asked: %+v, %v; solicited %v", m, err, p.solicited)
		}
		if m.Card(Seeker) != (Card{}) || m.Card(Wanted) != (Card{}) {
			t.Error("a card is shown before both agree")
		}
		if err := p.Say(ctx, m.ID, Seeker, "Bonjour", p.by("amina")); !errors.Is(err, ErrEnded) {
			t.Errorf("a message before both agree: %v", err)
		}
		if err := p.Back(ctx, p.by("nadia"), m.ID); err != nil {
			t.Error(err)
		}
		if _, err := p.Answer(ctx, m.ID, IntroductionAnswer{Step: Accept, Card: Card{Phone: "12"}, By: p.by("jean")}); !errors.As(err, new(*CardError)) {
			t.Errorf("a wrong number: %v", err)
		}
		m, err = p.Answer(ctx, m.ID, IntroductionAnswer{Step: Accept, Card: Card{Name: "Jean", Mail: "jean@reemploi.fr"}, By: p.by("jean")})
		if err != nil || m.Card(Seeker).Mail != "amina@lys.fr" || m.Card(Wanted) != (Card{Name: "Jean", Mail: "jean@reemploi.fr"}) || m.BackedBy != p.people["nadia"].ID {
			t.Fatalf("accepted: %+v, %v", m, err)
		}
		if err := p.Say(ctx, m.ID, Wanted, "  Venez <b>mardi</b>\x00\u202e ", p.by("jean")); err != nil {
			t.Fatal(err)
		}
		if err := p.Say(ctx, m.ID, Seeker, " \n", p.by("amina")); !errors.Is(err, ErrNothingSaid) {
			t.Errorf("nothing said: %v", err)
		}
		said, err := p.Messages(ctx, m.ID)
		if err != nil || len(said) != 1 || said[0].Words != "Venez <b>mardi</b>" || said[0].Side != Wanted {
			t.Errorf("said %+v, %v", said, err)
		}
		m, err = p.Conclude(ctx, m.ID, Outcome{Title: "Bois", Side: Seeker, By: p.by("amina"), Cooperation: &lead.Cooperation{Kind: "materials", Started: "2026-11-20", Materials: 400}})
		if err != nil || m.State != Closed || m.Ending != Cooperated {
			t.Fatalf("concluded: %+v, %v", m, err)
		}
		c, err := p.Leads.Cooperation(ctx, m.Cooperation)
		if err != nil || c.State() != lead.Asked || c.Party(lys).State != lead.Confirmed {
			t.Errorf("the cooperation: %+v, %v", c, err)
		}
		l, err := p.Leads.Lead(ctx, c.Lead)
		if err != nil || l.Stage != lead.Done || l.Axis != "resources" || !slices.Equal(l.Origins, []lead.Origin{{Kind: lead.FromIntroduction, ID: m.ID}, {Kind: lead.FromNeed, ID: "n1"}}) {
			t.Errorf("the lead: %+v, %v", l, err)
		}
		// The other side tells of it too: it is the same, confirmed.
		if _, err := p.Conclude(ctx, m.ID, Outcome{Title: "Bois", Side: Wanted, By: p.by("jean"), Cooperation: &lead.Cooperation{Kind: "materials", Started: "2026-11-20"}}); err != nil {
			t.Error(err)
		}
		if c, err = p.Leads.Cooperation(ctx, m.Cooperation); err != nil || c.State() != lead.Confirmed {
			t.Errorf("told by both: %+v, %v", c, err)
		}
		if want := []string{"ask jean@reemploi.fr", "answer amina@lys.fr", "message amina@lys.fr"}; !slices.Equal(p.kinds(), want) {
			t.Errorf("letters %v, want %v", p.kinds(), want)
		}
	})
}

// The first of a new member is held for a facilitator's look; nobody asks more
// than a few a day.
func TestHardCase43Caps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		ctx := t.Context()
		m, err := p.Ask(ctx, p.request("amina", reemploi))
		if err != nil || m.State != Held || len(p.kinds()) != 0 || len(p.letters) != 1 || p.solicited[reemploi] != 0 {
			t.Fatalf("the first: %+v, %v, letters %v", m, err, p.kinds())
		}
		if again, err := p.Ask(ctx, p.request("amina", reemploi)); err != nil || again.ID != m.ID {
			t.Errorf("asked twice: %+v, %v", again, err)
		}
		for range 2 {
			if err := p.Release(ctx, p.by("nadia"), m.ID); err != nil {
				t.Fatal(err)
			}
		}
		if want := []string{"ask jean@reemploi.fr"}; !slices.Equal(p.kinds(), want) || p.solicited[reemploi] != 1 {
			t.Errorf("released twice: letters %v, solicited %v", p.kinds(), p.solicited)
		}
		for i := range MemberADay {
			s := register.SIRET(50000000000000 + i*100000)
			p.firms[s] = directory.Establishment{SIRET: s, Territory: "artois"}
			m, err := p.Ask(ctx, p.request("amina", s))
			if i < MemberADay-1 && (err != nil || m.State != Asked || m.Task != ToCall) || i == MemberADay-1 && !errors.Is(err, ErrTooMany) {
				t.Errorf("number %d: %+v, %v", i+2, m, err)
			}
		}
		p.clock.Pass(25 * time.Hour)
		if _, err := p.Ask(ctx, p.request("amina", brochard)); err != nil {
			t.Errorf("the next day: %v", err)
		}
	})
}

func TestIntroductionRefusals(t *testing.T) {
	p := openParlour(t, dbtest.SQLite(t))
	ctx := t.Context()
	same := p.request("nadia", second)
	same.Seeker = reemploi
	empty := p.request("nadia", reemploi)
	empty.Words = " \u200b\n"
	for name, c := range map[string]struct {
		r    Request
		want error
	}{
		"one enterprise": {same, ErrSameFirm}, "a masked person": {p.request("nadia", shy), ErrMasked}, "no words": {empty, ErrNoWords}, "nobody": {p.request("nadia", 12300000000017), db.ErrNotFound},
	} {
		if _, err := p.Ask(ctx, c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if p.unwilling["jean@reemploi.fr"] = true; p.asked(t).Task != ToCall {
		t.Error("who wishes not to be asked by mail is not left to a facilitator")
	}
}

// A pair that was declined is never asked again in that direction; "not now"
// lasts three months.
func TestHardCase18DeclinedForGood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		ctx := t.Context()
		m := p.asked(t)
		if _, err := p.Answer(ctx, m.ID, IntroductionAnswer{Step: Decline, Reason: "because", By: p.by("jean")}); !errors.Is(err, ErrNoReason) {
			t.Errorf("no reason: %v", err)
		}
		if _, err := p.Answer(ctx, m.ID, IntroductionAnswer{Step: Postpone, By: p.by("jean")}); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Ask(ctx, p.request("nadia", reemploi)); !errors.Is(err, ErrNotYet) {
			t.Errorf("asked again at once: %v", err)
		}
		p.clock.Pass(91 * 24 * time.Hour)
		m = p.asked(t)
		if _, err := p.Answer(ctx, m.ID, IntroductionAnswer{Step: Decline, Reason: "busy", By: p.by("jean")}); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(p.withdrawn, m.ID) {
			t.Error("what waited to be asked was not taken back")
		}
		p.clock.Pass(400 * 24 * time.Hour)
		if _, err := p.Ask(ctx, p.request("nadia", reemploi)); !errors.Is(err, ErrDeclined) {
			t.Errorf("asked again after a refusal: %v", err)
		}
		if err := p.Watch(ctx); err != nil {
			t.Fatal(err)
		}
		if n := len(p.kinds()); n != 4 { // two asked, two answered
			t.Errorf("letters %v", p.kinds())
		}
		back := p.request("nadia", lys)
		back.Seeker = reemploi
		if _, err := p.Ask(ctx, back); err != nil {
			t.Errorf("who declined may ask: %v", err)
		}
	})
}

// The clock strikes each stroke once, day by day over two months.
func TestSilence(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		ctx := t.Context()
		m := p.asked(t)
		for range 60 * 4 {
			p.clock.Pass(6 * time.Hour)
			if err := p.Watch(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if want := []string{"ask jean@reemploi.fr", "poke jean@reemploi.fr", "end amina@lys.fr", "end jean@reemploi.fr"}; !slices.Equal(p.kinds(), want) {
			t.Errorf("letters %v, want %v", p.kinds(), want)
		}
		m, err := p.Introduction(ctx, m.ID)
		if err != nil || m.State != Closed || m.Ending != Silence {
			t.Errorf("it is %+v, %v", m, err)
		}
		if at := m.ClosedAt.In(clock.Paris); !mail.Working(m.ClosedAt).Equal(m.ClosedAt) || m.PokedAt.Sub(m.QuietSince) < PokeAfter {
			t.Errorf("closed at %s, poked at %s", at, m.PokedAt)
		}
	})
}

// A hundred press at once, each something else: one of them is heard, and
// everything that went fits it.
func TestIntroductionPressedAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		ctx := t.Context()
		m := p.asked(t)
		heard := make([]bool, 100)
		var all sync.WaitGroup
		for i := range heard {
			all.Go(func() {
				var err error
				switch i % 4 {
				case 0:
					_, err = p.Answer(ctx, m.ID, IntroductionAnswer{Step: Accept, By: p.by("jean")})
				case 1:
					_, err = p.Answer(ctx, m.ID, IntroductionAnswer{Step: Decline, Reason: "far", By: p.by("jean")})
				case 2:
					_, err = p.Answer(ctx, m.ID, IntroductionAnswer{Step: Postpone, By: p.by("jean")})
				default:
					err = p.Watch(ctx)
				}
				if err != nil && !errors.Is(err, ErrEnded) {
					t.Errorf("press %d: %v", i, err)
				}
				heard[i] = err == nil
			})
		}
		all.Wait()
		m, err := p.Introduction(ctx, m.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := map[State]int{Accepted: 0, Declined: 1, Postponed: 2}[m.State]
		for i, ok := range heard {
			if i%4 != 3 && ok != (i%4 == want) {
				t.Errorf("press %d was heard: %t, and it is %s", i, ok, m.State)
			}
		}
		acts := 0
		list, err := p.accounts.Acts(ctx, p.people["jean"].ID, "", 500)
		for _, a := range list {
			if strings.HasPrefix(a.Act, "introduction.") {
				acts++
			}
		}
		if err != nil || acts != 1 {
			t.Errorf("%d acts are on record, want 1; %v", acts, err)
		}
	})
}

// Twenty ask for the same pair at once: it is one introduction.
func TestAskedAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		ids := make([]string, 20)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				r := p.request("nadia", reemploi)
				if i%2 == 1 {
					r.Seeker, r.Wanted = reemploi, lys
				}
				m, err := p.Ask(t.Context(), r)
				if err != nil {
					t.Error(err)
					return
				}
				ids[i] = m.ID
			})
		}
		all.Wait()
		if slices.Sort(ids); len(slices.Compact(ids)) != 1 {
			t.Errorf("introductions %v", ids)
		}
	})
}

// An establishment that is gone, one that nobody speaks for any more, somebody
// erased, somebody who objects: each has its own end, told to the other side.
func TestEndings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, c := range map[string]struct {
			how    func(p *parlour, m *Introduction) error
			ending string
			told   string
		}{
			"hidden or closed": {func(p *parlour, _ *Introduction) error {
				p.mu.Lock()
				delete(p.firms, reemploi)
				p.mu.Unlock()
				return p.Watch(t.Context())
			}, Gone, "end amina@lys.fr"},
			"left": {func(p *parlour, _ *Introduction) error {
				if err := p.accounts.LeaveFirm(t.Context(), p.by("jean"), p.people["jean"].ID, reemploi); err != nil {
					return err
				}
				return p.Watch(t.Context())
			}, Left, "end amina@lys.fr"},
			"erased": {func(p *parlour, _ *Introduction) error {
				p.accounts.Forget = []func(context.Context, *db.Tx, *account.Person) error{p.Forget}
				return p.accounts.Erase(t.Context(), p.by("jean"), p.people["jean"].ID)
			}, Left, "end amina@lys.fr"},
			"withdrawn": {func(p *parlour, m *Introduction) error {
				return p.Close(t.Context(), p.by("amina"), m.ID, Withdrawn, Seeker)
			}, Withdrawn, "end jean@reemploi.fr"},
		} {
			t.Run(name, func(t *testing.T) {
				p := openParlour(t, dbtest.SQLite(t))
				if d.Engine() != "sqlite" {
					p = openParlour(t, dbtest.Postgres(t))
				}
				m := p.accepted(t)
				if err := p.Say(t.Context(), m.ID, Wanted, "À mardi. Jean, jean@reemploi.fr", p.by("jean")); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					if err := c.how(p, m); err != nil && !errors.Is(err, db.ErrNotFound) {
						t.Fatal(err)
					}
				}
				got, err := p.Introduction(t.Context(), m.ID)
				if err != nil || got.State != Closed || got.Ending != c.ending || p.kinds()[len(p.kinds())-1] != c.told {
					t.Errorf("it is %+v, %v; letters %v", got, err, p.kinds())
				}
				said, err := p.Messages(t.Context(), m.ID)
				if name == "erased" && (err != nil || said[0].Words != "" || said[0].Author != "" || got.WantedCard != (Card{})) {
					t.Errorf("it still holds %+v, %+v, %v", said[0], got.WantedCard, err)
				}
			})
		}
	})
}

// A request tells how its establishment answers once it was answered, by
// whatever word, or once its time is over though a reminder went; not while it
// waits, when it was taken back, nor where nobody could be written to.
func TestAnsweredRequests(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		told := func(want match.Answered) {
			t.Helper()
			all, err := p.Answered(t.Context())
			if err != nil || all[reemploi] != want || all[brochard] != (match.Answered{}) {
				t.Errorf("%v, want %v, %v", all, want, err)
			}
		}
		if _, err := p.Ask(t.Context(), p.request("nadia", brochard)); err != nil { // nobody is there
			t.Fatal(err)
		}
		m := p.asked(t)
		told(match.Answered{})
		for range 22 { // a day at a time, as the clock goes
			p.clock.Pass(24 * time.Hour)
			if err := p.Watch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		told(match.Answered{Asked: 1})
		if _, err := p.Answer(t.Context(), m.ID, IntroductionAnswer{Step: Postpone, By: p.by("jean")}); err != nil {
			t.Fatal(err)
		}
		told(match.Answered{Asked: 1, Answers: 1})
		p.clock.Pass(AskAgainAfter + time.Hour)
		again := p.asked(t)
		if err := p.Close(t.Context(), p.by("amina"), again.ID, Withdrawn, Seeker); err != nil {
			t.Fatal(err)
		}
		told(match.Answered{Asked: 1, Answers: 1})
		for range 48 {
			p.clock.Pass(24 * time.Hour)
			if err := p.Watch(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		told(match.Answered{Asked: 1, Answers: 1})
		p.clock.Pass(AnsweredFor)
		told(match.Answered{})
	})
}

// An establishment that the registers no longer give is waited for while
// another takes it over; once nobody does, the other side is told and the
// clock ends.
func TestWatchWaitsForWhoTookOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		m := p.asked(t)
		firm := p.Firm
		p.Firm = func(s register.SIRET) (directory.Establishment, error) {
			if s == reemploi {
				return directory.Establishment{}, &directory.GoneError{Last: "2026-10-01"}
			}
			return firm(s)
		}
		closed := map[register.SIRET]bool{}
		p.Closed = func([]register.SIRET) (map[register.SIRET]bool, error) { return closed, nil }
		for _, state := range []State{Asked, Closed} {
			if err := p.Watch(t.Context()); err != nil {
				t.Fatal(err)
			}
			got, err := p.Introduction(t.Context(), m.ID)
			if err != nil || got.State != state {
				t.Errorf("%s, want %s, %v", got.State, state, err)
			}
			closed[reemploi] = true
		}
		if kinds := p.kinds(); kinds[len(kinds)-1] != "end amina@lys.fr" {
			t.Errorf("told: %v", kinds)
		}
	})
}

func TestIntroductionLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		m := p.asked(t)
		token := p.letters[0].Token
		got, side, r, err := p.ByToken(t.Context(), m.ID, token)
		if err != nil || got.ID != m.ID || side != Wanted || r.Mail != "jean@reemploi.fr" {
			t.Errorf("the link: %v, %s, %+v, %v", got, side, r, err)
		}
		for _, wrong := range []string{"", token + "x", strings.Replace(token, "wanted", "seeker", 1), p.token("other", Wanted, p.people["jean"].ID), p.token(m.ID, Wanted, "nobody")} {
			if _, _, _, err := p.ByToken(t.Context(), m.ID, wrong); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("the link %q: %v", wrong, err)
			}
		}
		if err := p.accounts.LeaveFirm(t.Context(), p.by("jean"), p.people["jean"].ID, reemploi); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := p.ByToken(t.Context(), m.ID, token); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the link of who left: %v", err)
		}
	})
}

func TestIntroductionLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		ctx := t.Context()
		p.asked(t)
		p.clock.Pass(time.Minute)
		toCall, err := p.Ask(ctx, p.request("nadia", brochard))
		if err != nil {
			t.Fatal(err)
		}
		p.clock.Pass(time.Minute)
		back := p.request("amina", lys)
		back.Seeker, back.Wanted = lys, second
		held, err := p.Ask(ctx, back)
		if err != nil || held.State != Held {
			t.Fatalf("held %+v, %v", held, err)
		}
		for _, c := range []struct {
			f    IntroductionFilter
			want string
		}{
			{IntroductionFilter{}, "3"},
			{IntroductionFilter{Tasks: true, Territories: []string{"artois"}}, fmt.Sprint([]string{toCall.ID, held.ID})},
			{IntroductionFilter{Tasks: true, Territories: []string{"calaisis"}}, "0"},
			{IntroductionFilter{Firms: []register.SIRET{brochard, second}}, fmt.Sprint([]string{held.ID, toCall.ID})},
			{IntroductionFilter{Before: held.ID, Limit: 1}, fmt.Sprint([]string{toCall.ID})},
		} {
			list, err := p.Introductions.Introductions(ctx, c.f)
			var ids []string
			for _, m := range list {
				ids = append(ids, m.ID)
			}
			if err != nil || fmt.Sprint(ids) != c.want && fmt.Sprint(len(list)) != c.want {
				t.Errorf("%+v: %v, want %s; %v", c.f, ids, c.want, err)
			}
		}
	})
}
