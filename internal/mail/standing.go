package mail

import (
	"context"
	"time"

	"passerelle/internal/db"
)

// Standings is how the house stands with everybody it writes to: what a list
// of many people asks at once, where Post asks for one.
type Standings struct {
	unwished map[string]bool
	refused  map[string]int
	asked    map[string]time.Time
}

// StandingsIn reads how the house stands with everybody.
func (o *Outbox) StandingsIn(ctx context.Context, t *db.Tx) (s Standings, err error) {
	s = Standings{unwished: map[string]bool{}, refused: map[string]int{}, asked: map[string]time.Time{}}
	for row, err := range t.Query(ctx, `SELECT person FROM mail_preference WHERE NOT solicitation`) {
		if err != nil {
			return s, err
		}
		var person string
		if err := row.Scan(&person); err != nil {
			return s, err
		}
		s.unwished[person] = true
	}
	for row, err := range t.Query(ctx, `SELECT person, count(*) FROM mail_refusal GROUP BY person`) {
		if err != nil {
			return s, err
		}
		var person string
		var n int
		if err := row.Scan(&person, &n); err != nil {
			return s, err
		}
		s.refused[person] = n
	}
	for row, err := range t.Query(ctx, `
		SELECT person, max(due_at)
		FROM mail_outbox
		WHERE class = 'solicitation' AND state IN ('waiting', 'sent') AND person <> ''
		GROUP BY person`) {
		if err != nil {
			return s, err
		}
		var person string
		var last int64
		if err := row.Scan(&person, &last); err != nil {
			return s, err
		}
		s.asked[person] = db.Time(last)
	}
	return s, nil
}

// Unwished reports whether a person chose not to be asked anything.
func (s *Standings) Unwished(person string) bool { return s.unwished[person] }

// Unreached reports whether mails do not reach a person any more.
func (s *Standings) Unreached(person string) bool { return s.refused[person] >= enoughRefusals }

// FreeAt returns from when a person may be asked something again, now or
// later.
func (s *Standings) FreeAt(person string, now time.Time) time.Time {
	return solicitAt(now, s.asked[person])
}

// AskedThisWeek reports whether a person was asked something within the week
// before a moment, or is to be asked something later.
func (s *Standings) AskedThisWeek(person string, now time.Time) bool {
	last := s.asked[person]
	return !last.IsZero() && last.Add(week).After(now)
}
