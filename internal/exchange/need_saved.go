package exchange

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// maxSearches is how many searches one person keeps.
const maxSearches = 10

// A SavedSearch is a question that somebody asks every week.
type SavedSearch struct {
	ID     string
	Person string
	Query  string // as in the address of its page
	Token  string // of the link that ends it
	Since  time.Time
	ToldAt time.Time // what was posted until then is told
}

// SaveSearch keeps a question for the weekly summary of a person; the same twice
// is one.
func (x *Needs) SaveSearch(ctx context.Context, by account.Actor, query string) error {
	now := x.Clock.Now()
	err := x.DB.Write(ctx, func(t *db.Tx) error {
		list, err := searchesWhere(ctx, t, `person = $1`, by.Who)
		if err != nil {
			return err
		}
		for _, s := range list {
			if s.Query == query {
				return nil
			}
		}
		if len(list) >= maxSearches {
			return ErrMany
		}
		s := SavedSearch{ID: db.NewID(now), Person: by.Who, Query: query, Token: db.NewToken(), Since: now, ToldAt: now}
		if err := addSearch(ctx, t, s); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "need.search", Kind: "search", Object: s.ID, By: by})
	})
	if err != nil {
		return fmt.Errorf("save a search: %w", err)
	}
	return nil
}

// Searches returns those of a person.
func (x *Needs) Searches(ctx context.Context, person string) (list []SavedSearch, err error) {
	err = x.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = searchesWhere(ctx, t, `person = $1`, person)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("saved searches: %w", err)
	}
	return list, nil
}

// SearchByToken returns the search of a link, or db.ErrNotFound.
func (x *Needs) SearchByToken(ctx context.Context, token string) (s SavedSearch, err error) {
	err = x.DB.Read(ctx, func(t *db.Tx) error {
		list, err := searchesWhere(ctx, t, `token = $1`, token)
		if err == nil && len(list) == 0 {
			err = db.ErrNotFound
		}
		if err == nil {
			s = list[0]
		}
		return err
	})
	if err != nil {
		return s, fmt.Errorf("saved search: %w", err)
	}
	return s, nil
}

// EndSearch ends the search of a link, by one press and without signing in.
func (x *Needs) EndSearch(ctx context.Context, token string) error {
	err := x.DB.Write(ctx, func(t *db.Tx) error {
		_, err := t.Exec(ctx, `DELETE FROM need_search WHERE token = $1`, token)
		return err
	})
	if err != nil {
		return fmt.Errorf("end a saved search: %w", err)
	}
	return nil
}

// TellSearches adds what was posted since to the weekly summary of those who
// keep a search, by later: one line for each search.
func (x *Needs) TellSearches(ctx context.Context, later func(ctx context.Context, t *db.Tx, s SavedSearch, n int, first *Need) error) error {
	now := x.Clock.Now()
	var list []SavedSearch
	err := x.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = searchesWhere(ctx, t, `told_at <= $1`, db.Micros(now.Add(-24*time.Hour)))
		return err
	})
	if err != nil {
		return fmt.Errorf("saved searches: %w", err)
	}
	for _, s := range list {
		v, err := url.ParseQuery(s.Query)
		if err != nil {
			return fmt.Errorf("saved search %s: %w", s.ID, err)
		}
		f, err := x.ReadNeedFilter(v)
		if err != nil {
			continue // of a place that is there no more
		}
		found, err := x.Open(ctx, f)
		if err != nil {
			return err
		}
		var fresh []*Need
		for _, n := range found {
			if n.PostedAt.After(s.ToldAt) {
				fresh = append(fresh, n.Need)
			}
		}
		err = x.DB.Write(ctx, func(t *db.Tx) error {
			n, err := t.Exec(ctx, `UPDATE need_search SET told_at = $3 WHERE id = $1 AND told_at = $2`, s.ID, db.Micros(s.ToldAt), db.Micros(now))
			if err != nil || n == 0 || len(fresh) == 0 {
				return err // another node told it, or there is nothing to tell
			}
			return later(ctx, t, s, len(fresh), fresh[0])
		})
		if err != nil {
			return fmt.Errorf("tell a saved search: %w", err)
		}
	}
	return nil
}
