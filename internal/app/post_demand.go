package app

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
	"passerelle/internal/visit"
)

// demandKind is the kind of the line that tells of demand without a date.
const demandKind = "visit.late"

// beforeSummary is how long before the weekly summary its line about demand is
// written, anew every hour: it counts what waits then.
const beforeSummary = 24 * time.Hour

// tellDemand puts one line about the wishes to visit that have waited too long
// into the next weekly summary of those who can see to them: the facilitators
// of the territory, and the hosts who could open a date.
func (h *house) tellDemand(ctx context.Context) error {
	now := h.Post.outbox.Clock.Now()
	due := mail.DigestDue(now.Add(7 * 24 * time.Hour))
	if now.Before(due.Add(-beforeSummary)) {
		return nil
	}
	err := h.DB.Write(ctx, func(t *db.Tx) error {
		late, err := h.Visits.LateIn(ctx, t)
		if err != nil {
			return err
		}
		lines, err := h.demandLines(ctx, t, late)
		if err != nil {
			return err
		}
		for i := range lines {
			lines[i].ID = demandKind + " " + due.Format(time.DateOnly) + " " + lines[i].Person
		}
		return h.Post.outbox.Anew(ctx, t, demandKind, lines)
	})
	if err != nil {
		return fmt.Errorf("tell of demand that waits: %w", err)
	}
	return nil
}

// demandLines are the lines about wishes that waited too long, one for each
// person: as a facilitator, or else for the first firm they host at.
func (h *house) demandLines(ctx context.Context, t *db.Tx, late []visit.Late) ([]mail.Waiting, error) {
	var people []*account.Person
	path, n := map[string]string{}, map[string]int{}
	add := func(p *account.Person, to string) {
		if path[p.ID] == "" {
			people, path[p.ID] = append(people, p), to
		}
		if path[p.ID] == to {
			n[p.ID]++
		}
	}
	for _, w := range late {
		staff, err := account.FacilitatorsIn(ctx, t, account.ActFor, account.Object{Territory: w.Territory})
		if err != nil {
			return nil, err
		}
		for _, p := range staff {
			add(p, "/animation/visites")
		}
	}
	for _, w := range late {
		for _, s := range w.Hosts {
			hosts, err := account.MembersIn(ctx, t, s)
			if err != nil {
				return nil, err
			}
			for _, p := range hosts {
				add(p, "/mon-espace/entreprises/"+s.String()+"/visites")
			}
		}
	}
	var lines []mail.Waiting
	for _, p := range people {
		lines = append(lines, demandLine(h.Words.For(p.Language), p, n[p.ID], path[p.ID]))
	}
	return lines, nil
}

func demandLine(words *locale.Language, p *account.Person, n int, path string) mail.Waiting {
	return mail.Waiting{Person: p.ID, Kind: demandKind, Title: words.T("letter.digest.late", "n", n), More: words.T("letter.digest.late_more"), Path: path}
}
