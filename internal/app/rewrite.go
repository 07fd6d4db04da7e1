package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
)

// The marks of the last time the database was written anew: the day, counted
// from 1970, and the erasure after which it was.
const (
	rewrittenDay     = "rewritten.day"
	rewrittenErasure = "rewritten.erasure"
)

// When the database is written anew: in the quiet hours of Paris, and how many
// days after the last time at any hour, where the house sleeps at night.
const (
	quietFrom, quietUntil = 2, 5
	rewriteWithin         = 8
	rewriteWeekly         = 7 // without an erasure: for what else was taken away
)

// rewriteDue reports whether the database is to be written anew: in a quiet hour
// once a day when somebody was erased, once a week else.
func rewriteDue(days int64, erased bool, now time.Time) bool {
	hour := now.In(clock.Paris).Hour()
	switch {
	case days >= rewriteWithin:
		return true
	case hour < quietFrom || hour >= quietUntil:
		return false
	}
	return days >= rewriteWeekly || days > 0 && erased
}

// rewrite writes a SQLite database anew when that is due: where rows were moved
// from one page to another, pages may still hold what no row does. PostgreSQL
// has its vacuum.
func (h *house) rewrite(ctx context.Context, now time.Time) error {
	if h.DB.Engine() != "sqlite" {
		return nil
	}
	versions, err := h.DB.Changes(ctx, nil)
	if err != nil {
		return err
	}
	today, erasure := now.Unix()/86400, versions[account.ErasureTopic]
	last, known := versions[rewrittenDay]
	if !known { // an older house, or a new one: not while people begin to work
		return h.rewritten(ctx, today-1, 0)
	}
	if !rewriteDue(today-last, erasure != versions[rewrittenErasure], now) {
		return nil
	}
	start := time.Now()
	if err := h.DB.Rewrite(ctx); err != nil {
		if today-last >= rewriteWithin { // not each hour of the day
			err = errors.Join(err, h.rewritten(ctx, today-rewriteWeekly, versions[rewrittenErasure]))
		}
		return err
	}
	h.Log.Info("the database is written anew", slog.Float64("seconds", time.Since(start).Seconds()))
	return h.rewritten(ctx, today, erasure)
}

func (h *house) rewritten(ctx context.Context, day, erasure int64) error {
	return h.DB.Write(ctx, func(t *db.Tx) error {
		if err := t.Mark(ctx, rewrittenDay, day); err != nil {
			return err
		}
		return t.Mark(ctx, rewrittenErasure, erasure)
	})
}
