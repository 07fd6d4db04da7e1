package app

import (
	"errors"
	"regexp"
	"slices"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/visit"
)

// digestsTo returns the texts of the weekly summaries to an address.
func digestsTo(t *testing.T, h *house, to string) (list []string) {
	t.Helper()
	if err := h.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		list, err = db.All(t.Context(), tx, func(r *db.Row) (text string, err error) { err = r.Scan(&text); return text, err },
			`SELECT message FROM mail_outbox WHERE recipient = $1 AND kind = 'digest' ORDER BY created_at, id`, to)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// aDemand is the line of a summary, as its outbox has it.
var aDemand = regexp.MustCompile(`"Text":"([^"]* visite (?:attend|attendent) une date)"`)

// Demand that waited ten days is one line in the weekly summary of those who
// can see to it, once a week, and counts what waits when it goes.
func TestLateDemandIsALineOfTheSummary(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) // a Monday
			h := houseAt(t, engine, now)
			ctx := t.Context()
			if err := h.unlock(ctx); err != nil {
				t.Fatal(err)
			}
			speaks(t, h, "bruno@lys.fr", directorytest.Garage)
			for mail, territory := range map[string]string{"nadia@cma.fr": "artois", "lucie@cma.fr": "calaisis"} {
				if _, err := h.Accounts.Add(ctx, byCommand, account.NewPerson{Mail: mail, Duty: account.Duty{Role: account.Facilitator, Institution: account.CMA}, Territories: []string{territory}}); err != nil {
					t.Fatal(err)
				}
			}
			by := account.Actor{Channel: account.Web}
			wish := func(name string, x visit.Wish) visit.Wish {
				x.Name, x.Mail, x.Territory = name, name+"@lys.example", "artois"
				x, err := h.Visits.Wish(ctx, by, x)
				if err != nil {
					t.Fatal(err)
				}
				return x
			}
			wish("amand", visit.Wish{SIRET: directorytest.Garage})
			gone := wish("berthe", visit.Wish{Trade: "boulanger"})
			wish("carole", visit.Wish{Trade: "menuisier"})
			for range 24 * 24 { // an hour at a time, as the house does
				now.Pass(time.Hour)
				if now.Now().Equal(time.Date(2026, 12, 15, 5, 0, 0, 0, time.UTC)) {
					if err := h.Visits.CloseWish(ctx, by, gone.ID); err != nil {
						t.Fatal(err)
					}
				}
				if now.Now().Weekday() > time.Tuesday {
					continue // nothing is due
				}
				if err := errors.Join(h.tellDemand(ctx), h.Post.digests(ctx)); err != nil {
					t.Fatal(err)
				}
			}
			for mail, want := range map[string][]string{
				"nadia@cma.fr": {"3 demandes de visite attendent une date", "2 demandes de visite attendent une date"},
				"bruno@lys.fr": {"Une demande de visite attend une date", "Une demande de visite attend une date"},
				"lucie@cma.fr": nil,
			} {
				var got []string
				for _, text := range digestsTo(t, h, mail) {
					for _, line := range aDemand.FindAllStringSubmatch(text, -1) {
						got = append(got, line[1])
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s is told %q, want %q", mail, got, want)
				}
			}
		})
	}
}
