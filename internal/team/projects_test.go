package team

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/geo"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// The joiners of the tests, beside Brochard.
const (
	second register.SIRET = 51234567800015
	third  register.SIRET = 52345678900016
)

// A works is a house that makes teams; its mails wait in its outbox.
type works struct {
	*Projects
	t     *testing.T
	clock *clock.Held
	db    *db.DB
}

func openWorks(t *testing.T, d *db.DB) *works {
	t.Helper()
	dir := t.TempDir()
	list := directorytest.Establishments()
	for i, s := range []register.SIRET{second, third} {
		e := list[1] // Brochard's trade and town
		e.SIRET, e.Name, e.Aliases, e.Point = s, fmt.Sprintf("Atelier %d", i+2), nil, geo.Point{Lat: 50.6386, Lon: 2.3966 - .02*float64(i+1)}
		list = append(list, e)
	}
	directorytest.Write(t, dir, directorytest.AsOf, list)
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) // a Monday
	directory, err := directory.Open(t.Context(), directory.Config{Dir: dir, Places: places, Trades: trades, DB: d, Clock: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := directory.Close(); err != nil {
			t.Error(err)
		}
	})
	outbox, leads := &mail.Outbox{DB: d, Clock: now}, &lead.Leads{DB: d, Clock: now}
	return &works{t: t, clock: now, db: d, Projects: &Projects{
		DB: d, Clock: now, Finder: &Finder{Directory: directory, Trades: trades, Past: leads.Worked}, Leads: leads, Secret: []byte("secret"), Over: directory.ChangeIn, Refresh: directory.Refresh,
		Send: func(ctx context.Context, t *db.Tx, l Letter) error {
			return outbox.Post(ctx, t, mail.Posted{Class: mail.Answer, Kind: l.Kind, Message: mail.Message{To: l.SIRET.String() + "@lys.example"}})
		},
	}}
}

// letters counts the mails of a kind.
func (w *works) letters(kind string) (n int) {
	w.t.Helper()
	err := w.db.Read(w.t.Context(), func(t *db.Tx) error {
		return t.One(w.t.Context(), []any{&n}, `SELECT count(*) FROM mail_outbox WHERE kind = $1`, kind)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

var (
	amina = account.Actor{Who: "amina", Channel: account.Web}
	bread = Job{Site: isbergues, Radius: 25_000, MemberCost: DefaultMemberCost, Social: true, Lots: []Lot{{Trade: "boulanger"}, {Trade: "menuisier"}, {Trade: "charpentier"}}}
	found = []register.SIRET{directorytest.Boulangerie, directorytest.Brochard, directorytest.Charpentiers}
)

// keep keeps the team of a bakery's new shop.
func (w *works) keep() *Project {
	w.t.Helper()
	p, err := w.Keep(w.t.Context(), amina, Project{Title: "Un fournil  à Isbergues", Commune: "62473", Territory: "artois", Job: bread}, found)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *works) ask() *Project {
	w.t.Helper()
	p, err := w.Ask(w.t.Context(), amina, w.keep().ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// A team is kept and asked; one refuses, is replaced, and all agree.
func TestTeamIsAskedReplacedAndAgreed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := openWorks(t, d), t.Context()
		p := w.ask()
		if again, err := w.Ask(ctx, amina, p.ID); err != nil || w.letters("team.ask") != 3 || again.State != Asking {
			t.Fatalf("asked twice: %v, %d letters", err, w.letters("team.ask"))
		}
		if n := w.Finder.Directory.Solicited(directorytest.Brochard); n != 1 {
			t.Errorf("Brochard counts as asked %v times", n)
		}
		by := account.Actor{Channel: account.Link}
		for _, r := range []Reply{{SIRET: directorytest.Boulangerie, Yes: true, By: by}, {SIRET: directorytest.Charpentiers, Yes: true, By: by}, {SIRET: directorytest.Brochard, Reason: "busy", By: by}} {
			if _, err := w.Answer(ctx, p.ID, r); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Answer(ctx, p.ID, Reply{SIRET: directorytest.Brochard, Yes: true, By: by}); !errors.Is(err, ErrAnswered) {
			t.Errorf("no, then yes: %v", err)
		}
		p, err := w.Project(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if p.State != Asking || !slices.Equal(p.Left(), []register.SIRET{directorytest.Brochard}) || !slices.Equal(p.Uncovered(), []int{1}) {
			t.Fatalf("after a no: %+v", p)
		}
		with, err := w.Replacement(ctx, p)
		if err != nil || len(with) != 1 || with[0].SIRET != second || !slices.Equal(with[0].Lots, []int{1}) {
			t.Fatalf("replacement: %+v, %v", with, err)
		}
		if p, err = w.Replace(ctx, amina, p.ID, p.Left(), with); err != nil || len(p.Left()) != 0 || len(p.Uncovered()) != 0 {
			t.Fatalf("replaced: %+v, %v", p, err)
		}
		if p, err = w.Answer(ctx, p.ID, Reply{SIRET: second, Yes: true, By: account.Actor{Who: "nadia", Channel: account.Phone}}); err != nil || p.State != Agreed || p.Referent == 0 {
			t.Fatalf("agreed: %+v, %v", p, err)
		}
		if p, err = w.Refer(ctx, amina, p.ID, directorytest.Charpentiers); err != nil || p.Referent != directorytest.Charpentiers {
			t.Errorf("referent: %+v, %v", p, err)
		}
		if _, err := w.Refer(ctx, amina, p.ID, directorytest.Brochard); !errors.Is(err, ErrState) {
			t.Errorf("a referent who left: %v", err)
		}
		events, err := w.Events(ctx, p.ID)
		var acts []string
		for _, e := range events {
			acts = append(acts, e.Act)
		}
		slices.Reverse(acts)
		if want := "keep ask yes yes no replace yes agree referent"; err != nil || strings.Join(acts, " ") != want {
			t.Errorf("history %q, want %q (%v)", strings.Join(acts, " "), want, err)
		}
		made, err := w.Leads.From(ctx, lead.Origin{Kind: lead.FromTeam, ID: p.ID})
		if err != nil || len(made) != 1 || made[0].Stage != lead.Agreed || made[0].Title != "Un fournil à Isbergues" || len(made[0].Parties) != 3 || slices.Contains(made[0].Parties, directorytest.Brochard) {
			t.Errorf("the lead of an agreed team: %+v, %v", made, err)
		}
		for kind, n := range map[string]int{"team.ask": 4, "team.no": 1, "team.agree": 1, "team.agreed": 3} {
			if got := w.letters(kind); got != n {
				t.Errorf("%d letters %s, want %d", got, kind, n)
			}
		}
	})
}

// Who has worked with one that must be in the team is preferred to one a little
// nearer, when that is asked.
func TestWhoHasWorkedTogetherIsPreferred(t *testing.T) {
	w, ctx := openWorks(t, dbtest.SQLite(t)), t.Context()
	_, _, err := w.Leads.Declare(ctx, lead.Declared{By: amina, Origins: []lead.Origin{{Kind: lead.FromPhone}}, Cooperation: lead.Cooperation{
		Kind: "service", Started: "2026-05-04", DeclaredFor: directorytest.Boulangerie, Parties: []lead.Party{{SIRET: directorytest.Boulangerie}, {SIRET: second}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	job := Job{Site: isbergues, Radius: 25_000, MemberCost: 20_000, Include: []register.SIRET{directorytest.Boulangerie}, Lots: []Lot{{Trade: "boulanger"}, {Trade: "menuisier"}}}
	for _, c := range []struct {
		prefer bool
		want   register.SIRET
	}{{false, directorytest.Brochard}, {true, second}} {
		job.PreferPast = c.prefer
		got, err := w.Finder.Find(ctx, job)
		if err != nil || len(got.Teams) == 0 {
			t.Fatal(err)
		}
		i := slices.IndexFunc(got.Teams[0].Members, func(m Member) bool { return m.SIRET == c.want && m.Past == c.prefer })
		if i < 0 {
			t.Errorf("preferred %t: %+v, want %s", c.prefer, got.Teams[0].Members, c.want)
		}
	}
}

// A place goes to the one that took an establishment over: what it said holds,
// and where it was asked its successor is.
func TestAPlaceMovesToTheSuccessor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := openWorks(t, d), t.Context()
		p := w.ask()
		move := func(from, to register.SIRET) *Project {
			t.Helper()
			if err := d.Write(ctx, func(tx *db.Tx) error { return w.Move(ctx, tx, from, to) }); err != nil {
				t.Fatal(err)
			}
			p, err := w.Project(ctx, p.ID)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		if p := move(directorytest.Brochard, second); p.Place(directorytest.Brochard) != nil || p.Place(second).Answer != Asked || w.letters("team.ask") != 4 {
			t.Errorf("moved while asked: %+v, %d letters", p.Places, w.letters("team.ask"))
		}
		if _, err := w.Answer(ctx, p.ID, Reply{SIRET: second, Yes: true, By: amina}); err != nil {
			t.Fatal(err)
		}
		if p := move(second, third); p.Place(third).Answer != Yes || w.letters("team.ask") != 4 {
			t.Errorf("moved after a yes: %+v, %d letters", p.Places, w.letters("team.ask"))
		}
		if p := move(third, directorytest.Boulangerie); p.Place(third) == nil || p.Place(directorytest.Boulangerie).Answer != Asked {
			t.Errorf("moved where its successor is already: %+v", p.Places)
		}
		if list, err := w.Establishments(ctx); err != nil || !slices.Equal(list, slices.Sorted(slices.Values([]register.SIRET{directorytest.Boulangerie, third, directorytest.Charpentiers}))) {
			t.Errorf("those with a place: %v, %v", list, err)
		}
	})
}

// However many answer at once, for one firm the first answer holds, and the
// team is agreed once.
func TestAHundredAnswersAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := openWorks(t, d)
		p := w.ask()
		var wait sync.WaitGroup
		results := make(chan error, 102)
		answer := func(r Reply) {
			wait.Go(func() {
				_, err := w.Answer(t.Context(), p.ID, r)
				results <- err
			})
		}
		for i := range 100 {
			answer(Reply{SIRET: directorytest.Brochard, Yes: i%2 == 0, Reason: "busy", By: account.Actor{Channel: account.Link}})
		}
		answer(Reply{SIRET: directorytest.Boulangerie, Yes: true, By: amina})
		answer(Reply{SIRET: directorytest.Charpentiers, Yes: true, By: amina})
		wait.Wait()
		close(results)
		taken := 0
		for err := range results {
			if err == nil {
				taken++
			} else if !errors.Is(err, ErrAnswered) && !errors.Is(err, ErrState) {
				t.Error(err)
			}
		}
		p, err := w.Project(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		yes := p.Place(directorytest.Brochard).Answer == Yes
		if want := map[bool]int{true: 1, false: 0}[yes]; w.letters("team.agree") != want || (p.State == Agreed) != yes || w.letters("team.no") != 1-want {
			t.Errorf("Brochard %s: %s, %d and %d letters", p.Place(directorytest.Brochard).Answer, p.State, w.letters("team.agree"), w.letters("team.no"))
		}
		events, err := w.Events(t.Context(), p.ID)
		if err != nil || len(events) != map[bool]int{true: 6, false: 5}[yes] {
			t.Errorf("%d events, %v: %+v", len(events), err, events)
		}
		if taken < 52 { // 50 the same, and the two others
			t.Errorf("%d answers were taken", taken)
		}
	})
}

// Two presses on "replace" put one firm in the place.
func TestTwoReplacementsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := openWorks(t, d), t.Context()
		p := w.ask()
		p, err := w.Answer(ctx, p.ID, Reply{SIRET: directorytest.Brochard, Reason: "far", By: amina})
		if err != nil {
			t.Fatal(err)
		}
		with, err := w.Replacement(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		other := slices.Clone(with)
		other[0].SIRET = third
		left := p.Left()
		var wait sync.WaitGroup
		done := make(chan error, 20)
		for i := range 20 {
			wait.Go(func() {
				_, err := w.Replace(ctx, amina, p.ID, left, [][]Member{with, other}[i%2])
				done <- err
			})
		}
		wait.Wait()
		close(done)
		taken := 0
		for err := range done {
			if err == nil {
				taken++
			} else if !errors.Is(err, ErrReplaced) {
				t.Error(err)
			}
		}
		p, err = w.Project(ctx, p.ID)
		if err != nil || taken != 1 || len(p.Places) != 4 || w.letters("team.ask") != 4 || len(p.Uncovered()) != 0 {
			t.Errorf("%d replaced, %d places, %d letters, %v", taken, len(p.Places), w.letters("team.ask"), err)
		}
	})
}

// Who does not answer is reminded once, two working days before the end; then
// the silence is seen, and a late yes still counts while the place is free.
func TestClocksOfATeam(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := openWorks(t, d), t.Context()
		p := w.ask()
		if want := time.Date(2026, 12, 2, 9, 0, 0, 0, time.UTC); !p.AnswerBy.Equal(want) {
			t.Errorf("to answer by %v, want %v", p.AnswerBy, want)
		}
		tick := func(day int) {
			t.Helper()
			w.clock.Pass(time.Date(2026, 11, day, 10, 0, 0, 0, time.UTC).Sub(w.clock.Now()))
			if err := w.Tick(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct{ day, reminders, silent int }{{27, 0, 0}, {30, 3, 0}, {31, 3, 0}, {32, 3, 3}, {33, 3, 3}} {
			tick(step.day)
			if r, s := w.letters("team.remind"), w.letters("team.silent"); r != step.reminders || s != step.silent {
				t.Errorf("on day %d: %d reminders, %d silent; want %d, %d", step.day, r, s, step.reminders, step.silent)
			}
		}
		p, err := w.Answer(ctx, p.ID, Reply{SIRET: directorytest.Boulangerie, Yes: true, By: amina})
		if err != nil || p.Place(directorytest.Boulangerie).Answer != Yes || len(p.Left()) != 2 {
			t.Errorf("a late yes: %+v, %v", p, err)
		}
		tick(75)
		if p, err = w.Project(ctx, p.ID); err != nil || p.State != Expired {
			t.Errorf("%s, %v", p.State, err)
		}
	})
}

func TestGoOnWithout(t *testing.T) {
	w, ctx := openWorks(t, dbtest.SQLite(t)), t.Context()
	p := w.ask()
	for _, s := range found[1:] {
		if _, err := w.Answer(ctx, p.ID, Reply{SIRET: s, Yes: true, By: amina}); err != nil {
			t.Fatal(err)
		}
	}
	p, err := w.Answer(ctx, p.ID, Reply{SIRET: found[0], Reason: "price", By: amina})
	if err != nil {
		t.Fatal(err)
	}
	if with, err := w.Replacement(ctx, p); err != nil || len(with) != 0 {
		t.Errorf("nobody else bakes here: %+v, %v", with, err)
	}
	if p, err = w.Replace(ctx, amina, p.ID, p.Left(), nil); err != nil || p.State != Agreed || !slices.Equal(p.Uncovered(), []int{0}) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestRefusalsOfProjects(t *testing.T) {
	w, ctx := openWorks(t, dbtest.SQLite(t)), t.Context()
	for _, c := range []struct {
		p       Project
		members []register.SIRET
		want    error
	}{
		{Project{Title: " ", Job: bread}, found, ErrTitle},
		{Project{Title: "Fournil", Starts: "2026-12-02", Ends: "2026-12-01", Job: bread}, found, ErrDays},
		{Project{Title: "Fournil", Starts: "demain", Job: bread}, found, ErrDays},
		{Project{Title: "Fournil", Job: bread}, found[:2], ErrChanged},
	} {
		if _, err := w.Keep(ctx, amina, c.p, c.members); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v, want %v", c.p, err, c.want)
		}
	}
	p := w.keep()
	if _, err := w.Answer(ctx, p.ID, Reply{SIRET: found[0], Yes: true}); !errors.Is(err, ErrState) {
		t.Errorf("answered before it is asked: %v", err)
	}
	if _, err := w.Answer(ctx, p.ID, Reply{SIRET: found[0], Reason: "because"}); !errors.Is(err, ErrReason) {
		t.Errorf("an unknown reason: %v", err)
	}
	if _, err := w.Answer(ctx, p.ID, Reply{SIRET: third, Yes: true}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("a firm of no team: %v", err)
	}
	if p, err := w.Withdraw(ctx, amina, p.ID); err != nil || p.State != Withdrawn {
		t.Errorf("withdrawn: %v", err)
	}
	if _, err := w.Ask(ctx, amina, p.ID); !errors.Is(err, ErrState) {
		t.Errorf("asked once withdrawn: %v", err)
	}
}

func TestLinks(t *testing.T) {
	w, ctx := openWorks(t, dbtest.SQLite(t)), t.Context()
	p := w.ask()
	token := w.Link(p.ID, found[0], "jean")
	got, s, reader, err := w.ByLink(ctx, token)
	if err != nil || got.ID != p.ID || s != found[0] || reader != "jean" {
		t.Errorf("%v, %s, %q, %v", got, s, reader, err)
	}
	for _, wrong := range []string{"", "a.b.c.d", token + "x", strings.Replace(token, "jean", "paul", 1), strings.Replace(token, found[0].String(), found[1].String(), 1), w.Link("none", found[0], "jean"), w.Link(p.ID, third, "jean")} {
		if _, _, _, err := w.ByLink(ctx, wrong); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestLists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w, ctx := openWorks(t, d), t.Context()
		draft, asked := w.keep(), w.ask()
		for _, c := range []struct {
			name string
			f    Filter
			want []string
		}{
			{"hers", Filter{Owner: "amina"}, []string{draft.ID, asked.ID}},
			{"a stranger's", Filter{Owner: "jean"}, nil},
			{"of a firm that was asked", Filter{Firms: []register.SIRET{directorytest.Brochard}}, []string{asked.ID}},
			{"of a territory", Filter{Territories: []string{"calaisis", "artois"}}, []string{draft.ID, asked.ID}},
			{"of another", Filter{Territories: []string{"calaisis"}}, nil},
			{"nobody's", Filter{}, nil},
			{"all", Filter{Everywhere: true}, []string{draft.ID, asked.ID}},
		} {
			list, err := w.Projects.Projects(ctx, c.f)
			var got []string
			for _, p := range list {
				got = append(got, p.ID)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v (%v)", c.name, got, c.want, err)
			}
		}
	})
}
