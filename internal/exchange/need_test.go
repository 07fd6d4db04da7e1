package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	"passerelle/internal/lead"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A market is a house with establishments and their people.
type market struct {
	*Needs
	t        *testing.T
	now      *clock.Held
	accounts *account.Accounts
	mu       sync.Mutex
	letters  []NeedLetter
	ranked   ranking
	refuse   map[string]bool // who does not wish to be asked
}

// A ranking is who could answer any need.
type ranking []register.SIRET

func (r *ranking) Rank(context.Context, *Need) ([]register.SIRET, error) { return *r, nil }

func openMarket(t *testing.T, d *db.DB) *market {
	t.Helper()
	dir := t.TempDir()
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) // a Monday
	x, err := directory.Open(context.Background(), directory.Config{Dir: dir, Places: places, Trades: trades, DB: d, Clock: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	m := &market{t: t, now: now, accounts: &account.Accounts{DB: d, Clock: now, Send: func(context.Context, *db.Tx, account.Letter) error { return nil }}}
	m.Needs = &Needs{DB: d, Clock: now, Directory: x, Places: places, Trades: trades, Secret: []byte("secret"), Send: func(_ context.Context, _ *db.Tx, l NeedLetter) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.letters = append(m.letters, l)
		return nil
	}}
	m.Leads = &lead.Leads{DB: d, Clock: now, Send: func(context.Context, *db.Tx, lead.Letter) error { return nil }}
	m.Over, m.Ranker, m.refuse = x.ChangeIn, &m.ranked, map[string]bool{}
	m.MayAsk = func(_ context.Context, _ *db.Tx, person string) (bool, error) { return !m.refuse[person], nil }
	return m
}

// member makes somebody speak for an establishment and returns their id.
func (m *market) member(mail string, s register.SIRET) string {
	m.t.Helper()
	ctx := m.t.Context()
	token, err := m.accounts.Add(ctx, account.Actor{Who: "operator", Channel: account.Command}, account.NewPerson{Mail: mail})
	if err != nil {
		m.t.Fatal(err)
	}
	e, err := m.accounts.Enter(ctx, token, account.Device{})
	if err != nil {
		m.t.Fatal(err)
	}
	by := account.Actor{Who: e.Person.ID, Channel: account.Web}
	c, err := m.accounts.ClaimFirm(ctx, by, e.Person, s, "artois")
	if err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.accounts.Approve(ctx, account.Actor{Who: "nadia", Channel: account.Web}, c.ID, account.ByDecision, ""); err != nil {
		m.t.Fatal(err)
	}
	return e.Person.ID
}

// kinds lists the letters that went, and forgets them.
func (m *market) kinds() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, l := range m.letters {
		out = append(out, l.Kind)
	}
	m.letters = nil
	return out
}

// post posts a need of an establishment, seen at once.
func (m *market) post(who string, s register.SIRET, c NeedContent) *Need {
	m.t.Helper()
	n, faults, _, err := m.Post(m.t.Context(), Posting{SIRET: s, Content: c, By: account.Actor{Who: who, Channel: account.Web}})
	if err != nil {
		m.t.Fatalf("post: %v %v", err, faults)
	}
	if n.State == NeedHeld {
		if err := m.Release(m.t.Context(), account.Actor{Who: "nadia", Channel: account.Web}, n.ID); err != nil {
			m.t.Fatal(err)
		}
	}
	m.kinds()
	return n
}

// saw is a need to borrow a panel saw.
func saw() NeedContent {
	return NeedContent{Direction: Seeking, Kind: Machine, Title: "Scie à format pour deux jours", Words: "Nous avons quarante panneaux à débiter.", Trades: []string{"menuisier"}, Commune: "62473", RadiusKM: 20}
}

// A first need is held, released by a facilitator, found by its words; the
// second goes at once; one that gives a number is held again.
func TestHardCase43FirstNeedIsHeld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		amina := m.member("amina@lys.fr", directorytest.Boulangerie)
		by, nadia := account.Actor{Who: amina, Channel: account.Web}, account.Actor{Who: "nadia", Channel: account.Web}
		n, _, _, err := m.Post(ctx, Posting{SIRET: directorytest.Boulangerie, Content: saw(), By: by})
		if err != nil || n.State != NeedHeld || !slices.Equal(n.Flags, []string{FlagNew}) {
			t.Fatalf("%v %+v", err, n)
		}
		found := func(text string) int {
			t.Helper()
			list, err := m.Open(ctx, NeedFilter{Text: text})
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if found("") != 0 {
			t.Error("a held need is seen")
		}
		if err := m.Release(ctx, nadia, n.ID); err != nil {
			t.Fatal(err)
		}
		if err := m.Release(ctx, nadia, n.ID); !errors.Is(err, ErrNeedEnded) {
			t.Errorf("released twice: %v", err)
		}
		if found("SCIES a format") != 0 || found("scie") != 1 || found("menuiserie") != 1 || found("panneau débit") != 1 {
			t.Errorf("found by its words: %d %d %d", found("scie"), found("menuiserie"), found("panneau débit"))
		}
		other := saw()
		other.Kind, other.Title, other.Words = Materials, "Chutes de chêne", "À prendre sur place"
		if n, _, _, err = m.Post(ctx, Posting{SIRET: directorytest.Boulangerie, Content: other, By: by}); err != nil || n.State != NeedLive {
			t.Errorf("the second: %v, %+v", err, n)
		}
		other.Title, other.Words = "Pain rassis", "Appelez le 03 21 00 00 00"
		if n, _, _, err = m.Post(ctx, Posting{SIRET: directorytest.Boulangerie, Content: other, By: by}); err != nil || n.State != NeedHeld {
			t.Errorf("with a number: %v, %+v", err, n)
		}
		if err := m.RefuseNeed(ctx, nadia, n.ID, " "); !errors.Is(err, ErrWords) {
			t.Errorf("refused without a reason: %v", err)
		}
		if err := m.RefuseNeed(ctx, nadia, n.ID, "Pas de numéro"); err != nil {
			t.Error(err)
		}
		if got := m.kinds(); !slices.Equal(got, []string{"need.release", "need.refuse"}) {
			t.Errorf("letters %v", got)
		}
	})
}

// A need posted twice is warned of, and goes when its author insists; a firm
// has only so many.
func TestTwinsAndCaps(t *testing.T) {
	m := openMarket(t, dbtest.SQLite(t))
	amina := m.member("amina@lys.fr", directorytest.Boulangerie)
	m.post(amina, directorytest.Boulangerie, saw())
	again := saw()
	again.Title = "Scie à format, deux jours"
	p := Posting{SIRET: directorytest.Boulangerie, Content: again, By: account.Actor{Who: amina, Channel: account.Web}}
	if _, _, twins, err := m.Post(t.Context(), p); !errors.Is(err, ErrTwin) || len(twins) != 1 {
		t.Fatalf("%v, %d twins", err, len(twins))
	}
	p.Anyway = true
	for i := range maxLive - 1 {
		if _, _, _, err := m.Post(t.Context(), p); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if _, _, _, err := m.Post(t.Context(), p); !errors.Is(err, ErrMany) {
		t.Errorf("one too many: %v", err)
	}
	for _, c := range []struct {
		name   string
		change func(*NeedContent)
		want   bool
	}{
		{"the same", func(*NeedContent) {}, true},
		{"offered", func(c *NeedContent) { c.Direction = Offering }, false},
		{"another kind", func(c *NeedContent) { c.Kind = Vehicle }, false},
		{"another trade", func(c *NeedContent) { c.Trades = []string{"plombier"} }, false},
		{"other words", func(c *NeedContent) { c.Title, c.Words = "Four à pain", "Une semaine en mars" }, false},
	} {
		other := saw()
		c.change(&other)
		if got := Twins(saw(), other); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

// What a facilitator posts for a masked person lies nowhere, at no exit; what
// the person posts lies where they said.
func TestMaskedNeedIsNotPlaced(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		c := saw()
		n, _, _, err := m.Post(ctx, Posting{SIRET: directorytest.Masked, Content: c, By: account.Actor{Who: "nadia", Channel: account.Phone}, Staff: true, ForName: "Le plombier"})
		if err != nil || n.State != NeedLive || n.Commune != "" || n.Territory != "" {
			t.Fatalf("%v, %+v", err, n)
		}
		isbergues, _ := m.Places.Commune("62473")
		for name, f := range map[string]NeedFilter{"by territory": {Territory: "artois"}, "near": {Near: &isbergues.Centre, Radius: 50_000}} {
			if list, err := m.Open(ctx, f); err != nil || len(list) != 0 {
				t.Errorf("%s: %d, %v", name, len(list), err)
			}
		}
		// It had been stored with a place, before the register masked them.
		if err := m.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE need SET commune = '62473', territory = 'artois' WHERE id = $1`, n.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if list, err := m.Open(ctx, NeedFilter{Territory: "artois"}); err != nil || len(list) != 0 {
			t.Errorf("masked since: %d, %v", len(list), err)
		}
		if one, err := m.Need(ctx, n.ID); err != nil || one.Commune != "" || one.Firm.Title() != "" {
			t.Errorf("the need itself: %+v, %v", one.Need, err)
		}
		who := m.member("plombier@lys.fr", directorytest.Masked)
		own := m.post(who, directorytest.Masked, NeedContent{Direction: Offering, Kind: Skills, Title: "Deux jours de plomberie", Commune: "62473"})
		if list, err := m.Open(ctx, NeedFilter{Near: &isbergues.Centre, Radius: 1000}); err != nil || len(list) != 1 || list[0].ID != own.ID {
			t.Errorf("what they posted themselves: %d, %v", len(list), err)
		}
	})
}

// firms are invented establishments, each of its own enterprise.
func firms(n int) []register.SIRET {
	var out []register.SIRET
	for i := range n {
		out = append(out, register.SIRET(int64(500_000_000+i)*100_000+12))
	}
	return out
}

// A hundred answer the last place at once, each twice: one gets it, nobody is
// lost, nobody is twice, and the numbers run from one without a gap.
func TestHundredAnswerTheLastPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		amina := m.member("amina@lys.fr", directorytest.Boulangerie)
		n := m.post(amina, directorytest.Boulangerie, saw())
		all := firms(100 + Seats - 1)
		for _, s := range all[:Seats-1] {
			if _, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: s, By: account.Actor{Who: "x", Channel: account.Web}}); err != nil {
				t.Fatal(err)
			}
		}
		crowd := func(answer func(s register.SIRET) error) {
			t.Helper()
			var wg sync.WaitGroup
			start := make(chan struct{})
			failed := make(chan error, 200)
			for _, s := range all[Seats-1:] {
				for range 2 {
					wg.Go(func() {
						<-start
						if err := answer(s); err != nil {
							failed <- err
						}
					})
				}
			}
			close(start)
			wg.Wait()
			close(failed)
			for err := range failed {
				t.Error(err)
			}
		}
		crowd(func(s register.SIRET) error {
			_, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: s, By: account.Actor{Who: "x", Channel: account.Link}})
			return err
		})
		list, err := m.Interests(ctx, n.ID)
		if err != nil || len(list) != len(all) {
			t.Fatalf("%d answers of %d, %v", len(list), len(all), err)
		}
		seats, seen := 0, map[register.SIRET]bool{}
		for i, a := range list {
			if a.Number != i+1 || seen[a.SIRET] {
				t.Errorf("answer %d has number %d, seen before %t", i, a.Number, seen[a.SIRET])
			}
			seen[a.SIRET] = true
			if !a.Behind() {
				seats++
			}
		}
		if seats != Seats {
			t.Errorf("%d have one of the %d places", seats, Seats)
		}
		told := map[register.SIRET]bool{} // a transaction that runs again writes again: only the last counts
		for _, l := range m.letters {
			told[l.SIRET] = true
		}
		if len(told) != len(all) {
			t.Errorf("the author heard of %d answers of %d", len(told), len(all))
		}
	})
}

// The same crowd against a naive way, which counts in one transaction and
// writes in the next, loses answers: the race is real.
func TestNaiveAnswersAreLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		amina := m.member("amina@lys.fr", directorytest.Boulangerie)
		n := m.post(amina, directorytest.Boulangerie, saw())
		const crowd = 4
		var counted, all sync.WaitGroup
		counted.Add(crowd)
		lost := make(chan error, crowd)
		for _, s := range firms(crowd) {
			all.Go(func() {
				var next int
				err := d.Read(ctx, func(tx *db.Tx) error {
					return tx.One(ctx, []any{&next}, `SELECT coalesce(max(number), 0) + 1 FROM need_interest WHERE need = $1`, n.ID)
				})
				counted.Done()
				counted.Wait() // as a slow network would
				if err != nil {
					t.Error(err)
					return
				}
				lost <- d.Write(ctx, func(tx *db.Tx) error {
					_, err := tx.Exec(ctx, `
						INSERT INTO need_interest (id, need, number, siret, person, words, state, channel, at)
						VALUES ($1, $2, $3, $4, 'x', '', 'open', 'web', 1)`, db.NewID(m.now.Now()), n.ID, next, int64(s))
					return err
				})
			})
		}
		all.Wait()
		close(lost)
		count := 0
		for err := range lost {
			if errors.Is(err, db.ErrExists) {
				count++
			}
		}
		if count == 0 {
			t.Error("the naive way lost nothing; the other test proves nothing")
		}
	})
}

// From the answer to the outcome: chosen once, the others told, asked once.
func TestNeedToOutcome(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		amina, brochard, rem := m.member("amina@lys.fr", directorytest.Boulangerie), m.member("brochard@lys.fr", directorytest.Brochard), m.member("atelier@lys.fr", directorytest.Repair)
		by := func(who string) account.Actor { return account.Actor{Who: who, Channel: account.Web} }
		n := m.post(amina, directorytest.Boulangerie, saw())
		if _, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: directorytest.Boulangerie, By: by(amina)}); !errors.Is(err, ErrOwnNeed) {
			t.Errorf("her own need: %v", err)
		}
		if _, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: directorytest.Brochard, Words: "Écrivez à moi@lys.fr", By: by(brochard)}); !errors.Is(err, ErrWords) {
			t.Errorf("with an address: %v", err)
		}
		first, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: directorytest.Brochard, Words: "Lundi ?", By: by(brochard)})
		if err != nil || first.Number != 1 {
			t.Fatalf("%v %+v", err, first)
		}
		if err := m.Withdraw(ctx, Answer{Need: n.ID, SIRET: directorytest.Brochard, By: by(brochard)}); err != nil {
			t.Fatal(err)
		}
		if again, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: directorytest.Brochard, By: by(brochard)}); err != nil || again.ID != first.ID || again.State != InterestOpen {
			t.Errorf("taken back and said again: %v %+v", err, again)
		}
		if _, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: directorytest.Repair, By: by(rem)}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := m.Ask(ctx, Answer{Need: n.ID, SIRET: directorytest.Repair, Words: "Quelle épaisseur ?", By: by(rem)}); err != nil {
				t.Fatal(err)
			}
		}
		asked, err := m.Questions(ctx, n.ID)
		if err != nil || len(asked) != 1 {
			t.Fatalf("%d questions, %v", len(asked), err)
		}
		for range 2 {
			if err := m.AnswerQuestion(ctx, by(amina), n.ID, asked[0].ID, "19 mm"); err != nil {
				t.Fatal(err)
			}
		}
		if got := m.kinds(); !slices.Equal(got, []string{"need.interest", "need.interest", "need.question", "need.answer"}) {
			t.Errorf("letters %v", got)
		}
		if err := m.Choose(ctx, by(amina), n.ID, first.ID); err != nil {
			t.Fatal(err)
		}
		if err := m.Choose(ctx, by(amina), n.ID, first.ID); err == nil {
			t.Error("chosen twice")
		}
		if got := m.kinds(); !slices.Equal(got, []string{"need.over", "need.choose"}) {
			t.Errorf("letters %v", got)
		}
		if leads, _, err := m.Leads.Leads(ctx, lead.Filter{Origin: lead.Origin{Kind: lead.FromNeed, ID: n.ID}}); err != nil || len(leads) != 1 || leads[0].Stage != lead.Agreed || leads[0].Axis != "resources" {
			t.Errorf("what the choice leads to: %d, %v", len(leads), err)
		}
		for range 3 {
			m.now.Pass(15 * 24 * time.Hour)
			if err := m.Tidy(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if got := m.kinds(); !slices.Equal(got, []string{"need.ask"}) {
			t.Errorf("asked what came of it: %v", got)
		}
		for _, o := range []string{Done, NotDone} {
			if err := m.Outcome(ctx, by(amina), n.ID, o); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := m.Need(ctx, n.ID); err != nil || n.Outcome != Done || n.State != NeedMet {
			t.Errorf("%+v, %v", n.Need, err)
		}
		var events []Event
		err = d.Read(ctx, func(tx *db.Tx) (err error) {
			events, err = eventsOf(ctx, tx, n.ID)
			return err
		})
		var steps []string
		for _, e := range events {
			steps = append(steps, e.Kind)
		}
		if want := []string{"need.posted", "need.interest", "need.interest", "need.met", "need.done"}; err != nil || !slices.Equal(slices.Sorted(slices.Values(steps)), slices.Sorted(slices.Values(want))) {
			t.Errorf("events %v, %v", steps, err)
		}
	})
}

// A need ends by itself after its last day, and is renewed as another that
// says so.
func TestExpiryAndRenewal(t *testing.T) {
	m, ctx := openMarket(t, dbtest.SQLite(t)), t.Context()
	amina := m.member("amina@lys.fr", directorytest.Boulangerie)
	by := account.Actor{Who: amina, Channel: account.Web}
	n := m.post(amina, directorytest.Boulangerie, saw())
	if _, _, _, err := m.Post(ctx, Posting{SIRET: directorytest.Boulangerie, Content: saw(), By: by, Before: n.ID}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("renewed while it is open: %v", err)
	}
	m.now.Pass(22 * 24 * time.Hour)
	if list, err := m.Open(ctx, NeedFilter{}); err != nil || len(list) != 0 {
		t.Errorf("after its last day %d are open, %v", len(list), err)
	}
	for range 2 {
		if err := m.Tidy(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if got := m.kinds(); !slices.Equal(got, []string{"need.expire"}) {
		t.Errorf("letters %v", got)
	}
	if _, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: directorytest.Brochard, By: by}); !errors.Is(err, ErrNeedEnded) {
		t.Errorf("answered after its end: %v", err)
	}
	next, _, _, err := m.Post(ctx, Posting{SIRET: directorytest.Boulangerie, Content: saw(), By: by, Before: n.ID})
	if err != nil || next.Before != n.ID || next.State != NeedLive {
		t.Fatalf("renewed: %v %+v", err, next)
	}
	if id, err := m.After(ctx, n.ID); err != nil || id != next.ID {
		t.Errorf("the one after is %q, %v", id, err)
	}
}

// The link of a mail is for one person of one establishment and one need.
func TestNeedLink(t *testing.T) {
	m, ctx := openMarket(t, dbtest.SQLite(t)), t.Context()
	amina := m.member("amina@lys.fr", directorytest.Boulangerie)
	good := m.token("need", directorytest.Boulangerie, amina)
	if who, s, err := m.Bearer(ctx, "need", good); err != nil || who != amina || s != directorytest.Boulangerie {
		t.Errorf("%s %s %v", who, s, err)
	}
	for name, token := range map[string]string{
		"altered": good + "x", "another firm": strings.Replace(good, directorytest.Boulangerie.String(), directorytest.Brochard.String(), 1),
		"no member": m.token("need", directorytest.Brochard, amina), "empty": "", "points": "..", "another need": m.token("other", directorytest.Boulangerie, amina),
	} {
		if _, _, err := m.Bearer(ctx, "need", token); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCleanNeed(t *testing.T) {
	const today clock.Day = "2026-11-23"
	for field, change := range map[string]func(*NeedContent){
		"direction": func(c *NeedContent) { c.Direction = "x" }, "kind": func(c *NeedContent) { c.Kind = "x" }, "title": func(c *NeedContent) { c.Title = " \n" },
		"words": func(c *NeedContent) { c.Words = strings.Repeat("é", MaxNeed+1) }, "unit": func(c *NeedContent) { c.Unit = strings.Repeat("m", 31) },
		"radius": func(c *NeedContent) { c.RadiusKM = 7 }, "until": func(c *NeedContent) { c.From, c.Until = "2026-12-02", "2026-12-01" }, "reply": func(c *NeedContent) { c.ReplyBy = "2026-11-22" },
		"trades": func(c *NeedContent) { c.Trades = strings.Split("a b c d e f g h i", " ") },
	} {
		c := saw()
		change(&c)
		if _, faults := CleanNeed(c, today); len(faults) != 1 || faults[0].Field != field {
			t.Errorf("%s: %v", field, faults)
		}
	}
	if c, faults := CleanNeed(saw(), today); len(faults) != 0 || c.ReplyBy != "2026-12-14" {
		t.Errorf("%v, by %s", faults, c.ReplyBy)
	}
}

func TestReadTrades(t *testing.T) {
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	x := &Needs{Trades: trades}
	slugs, faults := x.ReadTrades("Menuisiers, boulangerie ; plombier\n, 1071CA, alchimiste")
	if want := []string{"boulanger", "menuisier", "plombier"}; !slices.Equal(slugs, want) || len(faults) != 1 || faults[0].Value != "alchimiste" {
		t.Errorf("%v, %v", slugs, faults)
	}
}

func TestFlagged(t *testing.T) {
	for text, want := range map[string]bool{
		"Une scie à format, 2 jours": false, "Appelez le 03.21.00.00.00": true, "moi @ lys.fr": true, "voir www.pain.example": true, "sur pain.fr": true,
		"SIRET 382 695 187": false, "Gagnez de l'argent": true, "Pose de 1 200 m² de carrelage": false, "Le métier de marabout": true, "une marabouterie": false, "payé au noir": true, "du chêne noir": false,
	} {
		if got := len(Flagged(text)) > 0; got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}

func FuzzParseQuantity(f *testing.F) {
	for _, s := range []string{"", "12", "2,5", "1 200", "0", "1.2.3", "99999999999", "-1", "٣", ",5", "0,001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, ok := ParseQuantity(s)
		if !ok {
			return
		}
		if q < 0 || q > maxQuantity {
			t.Fatalf("%q is %d", s, q)
		}
		if again, ok := ParseQuantity(q.String()); !ok || again != q {
			t.Fatalf("%q is %d, written %q, read %d", s, q, q.String(), again)
		}
	})
}

func ExampleQuantity() {
	q, _ := ParseQuantity("1 200,50")
	fmt.Println(q)
	// Output: 1200,5
}
