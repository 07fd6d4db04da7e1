package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

const introductionColumns = `id, seeker, wanted, seeker_territory, wanted_territory, origin_kind, origin_id, words, state, reason, ending, task, asked_by, asked_channel,
	backed_by, answered_by, answered_channel, seeker_card, wanted_card, cooperation, created_at, went_at, quiet_since, quiet_side, poked_at, closed_at`

func scanIntroduction(r *db.Row) (*Introduction, error) {
	var m Introduction
	var seeker, wanted, created, quiet int64
	var went, poked, closed *int64
	var cards [2]string
	err := r.Scan(&m.ID, &seeker, &wanted, &m.SeekerTerritory, &m.WantedTerritory, &m.Origin.Kind, &m.Origin.ID, &m.Words, &m.State, &m.Reason, &m.Ending, &m.Task, &m.AskedBy, &m.AskedChannel,
		&m.BackedBy, &m.AnsweredBy, &m.AnsweredChannel, &cards[0], &cards[1], &m.Cooperation, &created, &went, &quiet, &m.QuietSide, &poked, &closed)
	if err != nil {
		return nil, err
	}
	m.Seeker, m.Wanted, m.CreatedAt, m.QuietSince = register.SIRET(seeker), register.SIRET(wanted), db.Time(created), db.Time(quiet)
	m.WentAt, m.PokedAt, m.ClosedAt = momentOf(went), momentOf(poked), momentOf(closed)
	for i, into := range []*Card{&m.SeekerCard, &m.WantedCard} {
		if err := json.Unmarshal([]byte(cards[i]), into); err != nil {
			return nil, err
		}
	}
	return &m, nil
}

// momentOf reads an instant that may not be.
func momentOf(micros *int64) time.Time {
	if micros == nil {
		return time.Time{}
	}
	return db.Time(*micros)
}

// microsOrNull writes one.
func microsOrNull(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	micros := db.Micros(t)
	return &micros
}

func introductionsWhere(ctx context.Context, t *db.Tx, rest string, args ...any) ([]*Introduction, error) {
	return db.All(ctx, t, scanIntroduction, `
		SELECT `+introductionColumns+`
		FROM introduction
		WHERE `+rest, args...)
}

func introductionByID(ctx context.Context, t *db.Tx, id string) (*Introduction, error) {
	return firstIntroduction(introductionsWhere(ctx, t, `id = $1`, id))
}

// livingPair returns the introduction that two establishments have, whoever
// asked.
func livingPair(ctx context.Context, t *db.Tx, a, b register.SIRET) (*Introduction, error) {
	return firstIntroduction(introductionsWhere(ctx, t, `
		((seeker = $1 AND wanted = $2) OR (seeker = $2 AND wanted = $1)) AND state IN ('held', 'asked', 'accepted')
		ORDER BY id
		LIMIT 1`, int64(a), int64(b)))
}

func firstIntroduction(list []*Introduction, err error) (*Introduction, error) {
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// pastOf tells whether one has declined to meet the other, and when it last
// said "not now".
func pastOf(ctx context.Context, t *db.Tx, seeker, wanted register.SIRET) (declined bool, postponed time.Time, err error) {
	list, err := introductionsWhere(ctx, t, `seeker = $1 AND wanted = $2 AND state IN ('declined', 'postponed')`, int64(seeker), int64(wanted))
	for _, m := range list {
		if m.State == Declined {
			declined = true
		} else if m.ClosedAt.After(postponed) {
			postponed = m.ClosedAt
		}
	}
	return declined, postponed, err
}

// askedSince counts what a person has asked for since a moment.
func askedSince(ctx context.Context, t *db.Tx, person string, since time.Time) (n int, err error) {
	err = t.One(ctx, []any{&n}, `SELECT count(*) FROM introduction WHERE asked_by = $1 AND created_at > $2`, person, db.Micros(since))
	return n, err
}

// passedOf counts the introductions of a person that went to whom they ask.
func passedOf(ctx context.Context, t *db.Tx, person string) (n int, err error) {
	err = t.One(ctx, []any{&n}, `
		SELECT count(*)
		FROM introduction
		WHERE asked_by = $1 AND went_at IS NOT NULL`, person)
	return n, err
}

// columns returns the values of an introduction in the order of
// introductionColumns.
func (m *Introduction) columns() ([]any, error) {
	var cards [2]string
	for i, c := range []Card{m.SeekerCard, m.WantedCard} {
		text, err := json.Marshal(c)
		if err != nil {
			return nil, err
		}
		cards[i] = string(text)
	}
	return []any{
		m.ID, int64(m.Seeker), int64(m.Wanted), m.SeekerTerritory, m.WantedTerritory, m.Origin.Kind, m.Origin.ID, m.Words, m.State, m.Reason, m.Ending, m.Task, m.AskedBy, m.AskedChannel,
		m.BackedBy, m.AnsweredBy, m.AnsweredChannel, cards[0], cards[1], m.Cooperation, db.Micros(m.CreatedAt), microsOrNull(m.WentAt), db.Micros(m.QuietSince), m.QuietSide, microsOrNull(m.PokedAt), microsOrNull(m.ClosedAt),
	}, nil
}

func addIntroduction(ctx context.Context, t *db.Tx, m *Introduction) error {
	values, err := m.columns()
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `
		INSERT INTO introduction (`+introductionColumns+`)
		VALUES (`+db.In(1, len(values))+`)`, values...)
	return err
}

func changeIntroduction(ctx context.Context, t *db.Tx, m *Introduction) error {
	values, err := m.columns()
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `
		INSERT INTO introduction (`+introductionColumns+`)
		VALUES (`+db.In(1, len(values))+`)
		ON CONFLICT (id) DO UPDATE SET
			words = excluded.words, state = excluded.state, reason = excluded.reason, ending = excluded.ending, task = excluded.task, asked_by = excluded.asked_by,
			backed_by = excluded.backed_by, answered_by = excluded.answered_by, answered_channel = excluded.answered_channel, seeker_card = excluded.seeker_card,
			wanted_card = excluded.wanted_card, cooperation = excluded.cooperation, went_at = excluded.went_at, quiet_since = excluded.quiet_since, quiet_side = excluded.quiet_side,
			poked_at = excluded.poked_at, closed_at = excluded.closed_at`, values...)
	return err
}

// An IntroductionFilter is what introductions are asked for.
type IntroductionFilter struct {
	Firms       []register.SIRET // those of these establishments, on either side
	Territories []string         // where either side lies; none and no Firms: everywhere
	Living      bool
	Tasks       bool   // those that a facilitator is to see to: held, to call, silent
	Before      string // id of the last one of the page before
	Limit       int    // 0: all
}

// Introductions returns what a filter asks for, the latest first; of tasks, the
// longest silent first.
func (in *Introductions) Introductions(ctx context.Context, f IntroductionFilter) ([]*Introduction, error) {
	where, args := f.condition()
	var list []*Introduction
	err := in.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = introductionsWhere(ctx, t, where, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("introductions: %w", err)
	}
	return list, nil
}

func (f IntroductionFilter) condition() (string, []any) {
	parts, args := []string{"1 = 1"}, []any{}
	if n := len(f.Firms); n > 0 {
		for _, s := range f.Firms {
			args = append(args, int64(s))
		}
		in := "IN (" + db.In(1, n) + ")"
		parts = append(parts, "(seeker "+in+" OR wanted "+in+")")
	}
	if n := len(f.Territories); n > 0 {
		in := "IN (" + db.In(len(args)+1, n) + ")"
		for _, slug := range f.Territories {
			args = append(args, slug)
		}
		parts = append(parts, "(seeker_territory "+in+" OR wanted_territory "+in+")")
	}
	if f.Living {
		parts = append(parts, "state IN ('held', 'asked', 'accepted')")
	}
	order := "id DESC"
	if f.Tasks {
		parts, order = append(parts, "state IN ('held', 'asked', 'accepted') AND (state = 'held' OR task <> '')"), "quiet_since, id"
	}
	if f.Before != "" {
		args = append(args, f.Before)
		parts = append(parts, fmt.Sprintf("id < $%d", len(args)))
	}
	limit := ""
	if f.Limit > 0 {
		args = append(args, f.Limit)
		limit = fmt.Sprintf(" LIMIT $%d", len(args))
	}
	return strings.Join(parts, " AND ") + " ORDER BY " + order + limit, args
}

// Introduction returns an introduction, or db.ErrNotFound.
func (in *Introductions) Introduction(ctx context.Context, id string) (*Introduction, error) {
	var m *Introduction
	err := in.DB.Read(ctx, func(t *db.Tx) (err error) {
		m, err = introductionByID(ctx, t, id)
		return err
	})
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		err = fmt.Errorf("introduction: %w", err)
	}
	return m, err
}
