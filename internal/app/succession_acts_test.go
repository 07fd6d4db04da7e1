package app

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// A street is a garage with something under way with its neighbours.
type street struct {
	*house
	t                 *testing.T
	amina, jean       *account.Person // of the garage; of the carpenters
	own, other, third *exchange.Need
	asked             *exchange.Introduction
	lead              *lead.Lead
	worked            *lead.Cooperation
}

var nadiaByPhone = account.Actor{Who: "nadia", Channel: account.Phone}

func openStreet(t *testing.T, engine string) *street {
	t.Helper()
	s := &street{house: houseOn(t, engine), t: t}
	ctx := t.Context()
	if err := s.unlock(ctx); err != nil {
		t.Fatal(err)
	}
	s.amina, s.jean = speaks(t, s.house, "amina@lys.fr", directorytest.Garage), speaks(t, s.house, "jean@lys.fr", directorytest.Charpentiers)
	s.own, s.other, s.third = s.post(directorytest.Garage, "Un pont élévateur"), s.post(directorytest.Charpentiers, "Une remorque"), s.post(directorytest.Repair, "Des palettes")
	if _, err := s.Needs.Interest(ctx, s.answer(s.other)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Needs.Interest(ctx, exchange.Answer{Need: s.own.ID, SIRET: directorytest.Charpentiers, By: account.Actor{Who: s.jean.ID, Channel: account.Web}}); err != nil {
		t.Fatal(err)
	}
	nadia := &account.Person{ID: "nadia", Duties: []account.Duty{{Role: account.Facilitator, Institution: account.CMA}}}
	for _, pair := range [][2]register.SIRET{{directorytest.Charpentiers, directorytest.Garage}, {directorytest.Garage, directorytest.Brochard}, {directorytest.Garage, directorytest.Boulangerie}} {
		m, err := s.Introductions.Ask(ctx, exchange.Request{Seeker: pair[0], Wanted: pair[1], Words: "Nos ateliers se touchent.", Who: nadia, By: nadiaByPhone})
		if err != nil {
			t.Fatal(err)
		}
		if s.asked == nil {
			s.asked = m
		}
	}
	if err := s.Verdicts.Say(ctx, account.Actor{Who: s.amina.ID}, exchange.Verdict{Seeker: directorytest.Garage, Candidate: directorytest.Repair, Reason: "known"}); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.lead, err = s.Leads.Add(ctx, nadiaByPhone, lead.Lead{Title: "Des pneus", Due: "2027-02-01", Owner: s.jean.ID, Parties: []register.SIRET{directorytest.Garage, directorytest.Repair}}); err != nil {
		t.Fatal(err)
	}
	s.worked, _, err = s.Leads.Declare(ctx, lead.Declared{Cooperation: s.told(directorytest.Repair), Origins: []lead.Origin{{Kind: lead.FromMeeting, ID: "m1"}}, By: nadiaByPhone})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *street) told(by register.SIRET) lead.Cooperation {
	return lead.Cooperation{Kind: lead.Kinds()[0], Started: "2026-10-01", DeclaredFor: by, Parties: []lead.Party{{SIRET: directorytest.Garage}, {SIRET: directorytest.Repair}}}
}

func (s *street) post(of register.SIRET, title string) *exchange.Need {
	s.t.Helper()
	n, faults, _, err := s.Needs.Post(s.t.Context(), exchange.Posting{
		SIRET: of, Staff: true, ForName: "eux", By: nadiaByPhone,
		Content: exchange.NeedContent{Direction: exchange.Seeking, Kind: exchange.Machine, Title: title, Words: "Pour deux jours.", Commune: "62473"},
	})
	if err != nil {
		s.t.Fatal(err, faults)
	}
	return n
}

func (s *street) answer(n *exchange.Need) exchange.Answer {
	return exchange.Answer{Need: n.ID, SIRET: directorytest.Garage, Words: "La nôtre", By: account.Actor{Who: s.amina.ID, Channel: account.Web}}
}

// left counts the rows that still name an establishment, by place.
func (s *street) left(of register.SIRET) map[string]int {
	s.t.Helper()
	out := make(map[string]int)
	err := s.DB.Read(s.t.Context(), func(t *db.Tx) error {
		for _, at := range [][2]string{
			{"need", "siret"},
			{"need_interest", "siret"},
			{"need_invitation", "siret"},
			{"need_question", "siret"},
			{"introduction", "wanted"},
			{"verdict", "seeker"},
			{"verdict", "candidate"},
			{"lead_party", "siret"},
			{"cooperation_party", "siret"},
			{"cooperation", "declared_for"},
		} {
			var n int
			if err := t.One(s.t.Context(), []any{&n}, fmt.Sprintf(`SELECT count(*) FROM %s WHERE %s = $1`, at[0], at[1]), int64(of)); err != nil {
				return err
			}
			if n > 0 {
				out[at[0]+"."+at[1]] = n
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// What an establishment has under way follows the one that takes it over,
// once, while its people answer at that very moment: what they say is said for
// the successor, and no answer is lost.
func TestSuccessionOfWhatIsUnderWay(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s := openStreet(t, engine)
			ctx := t.Context()
			end := account.Succession{From: directorytest.Garage, To: directorytest.Boulangerie, Territory: "artois"}
			by := account.Actor{Who: s.amina.ID, Channel: account.Web}
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					if _, err := s.Accounts.Succeed(ctx, end); err != nil {
						t.Error(err)
					}
				})
			}
			all.Go(func() {
				if _, err := s.Needs.Interest(ctx, s.answer(s.third)); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				if _, err := s.Introductions.Answer(ctx, s.asked.ID, exchange.IntroductionAnswer{Step: exchange.Accept, By: by}); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				if _, err := s.Leads.Add(ctx, nadiaByPhone, lead.Lead{Title: "Des huiles", Parties: []register.SIRET{directorytest.Garage}}); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				if err := s.Leads.Answer(ctx, by, s.worked.ID, directorytest.Garage, lead.Confirmed); err != nil {
					t.Error(err)
				}
			})
			all.Wait()
			if _, err := s.Needs.Interest(ctx, s.answer(s.third)); err != nil { // pressed twice, from an old page
				t.Error(err)
			}
			for range 2 { // again changes nothing
				if left := s.left(directorytest.Garage); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				if got := s.left(directorytest.Boulangerie); got["need.siret"] != 1 || got["need_interest.siret"] != 2 || got["verdict.seeker"] != 1 || got["lead_party.siret"] != 2 || got["cooperation_party.siret"] != 1 {
					t.Errorf("the successor has %v", got)
				}
				if err := s.follow(ctx, end.From, end.To); err != nil {
					t.Fatal(err)
				}
			}
			m, err := s.Introductions.Introduction(ctx, s.asked.ID)
			if err != nil || m.State != exchange.Accepted || m.Wanted != directorytest.Boulangerie {
				t.Errorf("the introduction: %+v, %v", m, err)
			}
			list, err := s.Introductions.Introductions(ctx, exchange.IntroductionFilter{Firms: []register.SIRET{directorytest.Garage, directorytest.Boulangerie}})
			if err != nil || len(list) != 3 {
				t.Fatalf("%d introductions, %v", len(list), err)
			}
			for _, m := range list {
				between := m.Seeker == directorytest.Garage && m.Wanted == directorytest.Boulangerie
				if between != (m.State == exchange.Closed && m.Ending == exchange.Gone) || !between && m.Side(directorytest.Boulangerie) == "" {
					t.Errorf("%+v", m)
				}
			}
			c, err := s.Leads.Cooperation(ctx, s.worked.ID)
			if err != nil || c.State() != lead.Confirmed || c.Party(directorytest.Boulangerie) == nil {
				t.Errorf("the cooperation: %+v, %v", c, err)
			}
			// Told of by the successor, it is the one that is known.
			again := s.told(directorytest.Boulangerie)
			again.Parties[0].SIRET = directorytest.Boulangerie
			if same, known, err := s.Leads.Declare(ctx, lead.Declared{Cooperation: again, Origins: []lead.Origin{{Kind: lead.FromMeeting, ID: "m1"}}, By: nadiaByPhone}); err != nil || !known || same.ID != s.worked.ID {
				t.Errorf("told again: known %t, %v", known, err)
			}
			if err := s.Answers.Refresh(ctx); err != nil {
				t.Fatal(err)
			}
			if got := s.Answers.Of(directorytest.Boulangerie); got != (match.Answered{Asked: 1, Answers: 1}) || s.Answers.Of(directorytest.Garage) != (match.Answered{}) {
				t.Errorf("how the successor answers: %+v", got)
			}
			history, err := s.Leads.History(ctx, s.lead.ID)
			if err != nil || len(history) != 2 || !slices.ContainsFunc(history, func(c lead.Changed) bool {
				return c.Channel == account.System && slices.Equal(c.Fields, []string{"parties"})
			}) {
				t.Errorf("the history of the lead: %+v, %v", history, err)
			}
		})
	}
}

// An establishment that closed and that nobody took over: its needs end and
// who was interested is told, its answers are taken back, its leads are due
// and who sees to them is told, once.
func TestClosedFirmEndsWhatIsUnderWay(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s := openStreet(t, engine)
			ctx := t.Context()
			for range 2 {
				if _, err := s.Accounts.Succeed(ctx, account.Succession{From: directorytest.Garage}); err != nil {
					t.Fatal(err)
				}
			}
			n, err := s.Needs.Need(ctx, s.own.ID)
			if err != nil || n.State != exchange.NeedClosed {
				t.Errorf("its need: %+v, %v", n.Need, err)
			}
			if _, err := s.Needs.Interest(ctx, exchange.Answer{Need: s.own.ID, SIRET: directorytest.Repair, By: nadiaByPhone}); !errors.Is(err, exchange.ErrNeedEnded) {
				t.Errorf("it is answered still: %v", err)
			}
			interests, err := s.Needs.Interests(ctx, s.other.ID)
			if err != nil || len(interests) != 1 || interests[0].State != exchange.InterestWithdrawn {
				t.Errorf("its answer: %+v, %v", interests, err)
			}
			l, err := s.Leads.Lead(ctx, s.lead.ID)
			if today := clock.Day("2026-11-23"); err != nil || l.Due != today || len(l.Parties) != 2 {
				t.Errorf("its lead: %+v, %v", l, err)
			}
			for kind, want := range map[string]int{"lead.close": 1, "need.over": 1} {
				if got := waiting(t, s.house, s.jean.ID, kind); got != want {
					t.Errorf("%s: told %d times, want %d", kind, got, want)
				}
			}
		})
	}
}
