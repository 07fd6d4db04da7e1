package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/db"
)

// How long a session lasts, and how it is kept fresh.
const (
	staffSession  = 12 * time.Hour
	memberSession = 30 * 24 * time.Hour
	changeAfter   = time.Hour        // the token is changed when it is older
	oldTokenFor   = time.Minute      // and the one before still let through
	seenEvery     = 10 * time.Minute // how often it is noted that somebody is there
)

// A session is somebody signed in with one browser.
type session struct {
	id, token, person, device, method string
	at, until                         time.Time
}

func newSession(p *Person, method string, d Device, now time.Time) session {
	lasts := memberSession
	if p.Staff() {
		lasts = staffSession
	}
	return session{
		id: db.NewID(now), token: db.NewToken(), person: p.ID, device: d.short(), method: method, at: now, until: now.Add(lasts),
	}
}

// A Session is a session as its person sees it.
type Session struct {
	ID        string
	Device    string // Firefox, Android
	Method    string // link, passkey, proconnect, command
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	Current   bool
}

// A Signed is a request of somebody signed in.
type Signed struct {
	Person  *Person
	Session string // id
	Method  string
	Token   string    // to give the browser instead of the one it came with, empty to leave it
	Until   time.Time // end of the session
}

// Session returns who holds a token, or ErrSession. A token older than an hour
// is changed, so that one that leaked is soon of no use: the answer has the
// new one, and the one before holds for another minute.
func (a *Accounts) Session(ctx context.Context, token string) (*Signed, error) {
	if token == "" {
		return nil, ErrSession
	}
	now := a.Clock.Now()
	var s *Signed
	var row sessionRow
	err := a.DB.Read(ctx, func(t *db.Tx) error {
		var err error
		if row, err = sessionByToken(ctx, t, stored(token), now); err != nil {
			return err
		}
		p, err := personByID(ctx, t, row.person)
		if err != nil {
			return err
		}
		s = &Signed{Person: p, Session: row.id, Method: row.method, Until: row.until}
		return nil
	})
	if errors.Is(err, db.ErrNotFound) {
		return nil, ErrSession
	}
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	current := row.token == stored(token)
	if current && now.Sub(row.changed) > changeAfter {
		fresh := db.NewToken()
		err = a.DB.Write(ctx, func(t *db.Tx) error {
			changed, err := changeToken(ctx, t, row.id, stored(token), stored(fresh), now)
			if err == nil && changed {
				s.Token = fresh
			}
			return err
		})
	} else if now.Sub(row.seen) > seenEvery {
		err = a.DB.Write(ctx, func(t *db.Tx) error { return seen(ctx, t, row.id, row.person, now) })
	}
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return s, nil
}

// Sessions returns those of a person, the latest first; current is the id of
// the one that asks.
func (a *Accounts) Sessions(ctx context.Context, person, current string) ([]Session, error) {
	var list []Session
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = sessionsOf(ctx, t, person, a.Clock.Now())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	for i := range list {
		list[i].Current = list[i].ID == current
	}
	return list, nil
}

// Leave ends a session of a person; db.ErrNotFound when it is none of theirs.
func (a *Accounts) Leave(ctx context.Context, by Actor, person, id string) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		if err := endSession(ctx, t, person, id); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "session.end", Kind: "session", Object: id, By: by})
	})
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return nil
}

// LeaveOthers ends every session of a person but one.
func (a *Accounts) LeaveOthers(ctx context.Context, by Actor, person, current string) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		if err := endOthers(ctx, t, person, current); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "session.end_others", Kind: "person", Object: person, By: by})
	})
	if err != nil {
		return fmt.Errorf("leave other sessions: %w", err)
	}
	return nil
}

// short names a browser and its system, as its owner would: nothing more is
// kept of what it says of itself.
func (d Device) short() string {
	name := func(words [][2]string) string {
		for _, w := range words {
			if strings.Contains(d.Agent, w[0]) {
				return w[1]
			}
		}
		return ""
	}
	browser := name([][2]string{{"Firefox/", "Firefox"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Chrome/", "Chrome"}, {"CriOS", "Chrome"}, {"Safari/", "Safari"}})
	system := name([][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"}})
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + ", " + system
}
