package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// Refusals about activities without a number.
var (
	ErrNoName  = errors.New("an activity has a name")   // activity.fault.name
	ErrNoPlace = errors.New("an activity has a place")  // activity.fault.commune
	ErrMany    = errors.New("too many activities said") // activity.fault.many
)

// mostActivities is how many activities one person says.
const mostActivities = 5

// An Activity is what somebody does without a SIRET: not yet, not known, not
// disclosed. It opens the house to them as far as people are concerned: a
// facilitator of their territory knows them and calls.
type Activity struct {
	ID        string
	Person    string // id
	Name      string
	Commune   string // INSEE code
	Territory string // slug; empty outside of all
	Trade     string // slug; empty where none was chosen
	Words     string
	SIRET     register.SIRET // 0: not known yet
	CreatedAt time.Time
	ChangedAt time.Time
	ReachedAt time.Time // when a facilitator talked with them; zero before
}

// Object is what the table of permissions is asked of an activity.
func (v *Activity) Object() Object {
	return Object{Person: v.Person, SIRET: v.SIRET, Territory: v.Territory}
}

// SayActivity says what somebody does who has no SIRET, and tells the
// facilitators of the place. The same name in the same commune is said once.
func (a *Accounts) SayActivity(ctx context.Context, by Actor, said Activity) (id string, err error) {
	said.Name, said.Words = strings.Join(strings.Fields(said.Name), " "), strings.TrimSpace(said.Words)
	switch {
	case said.Name == "":
		return "", ErrNoName
	case said.Commune == "":
		return "", ErrNoPlace
	}
	now := a.Clock.Now()
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		v := said
		mine, err := activitiesWhere(ctx, t, "person = $1", v.Person)
		if err != nil {
			return err
		}
		v.ID, v.CreatedAt, v.ChangedAt = db.NewID(now), now, now
		for _, o := range mine {
			if o.Commune == v.Commune && strings.EqualFold(o.Name, v.Name) {
				v.ID, v.CreatedAt, v.SIRET, v.ReachedAt = o.ID, o.CreatedAt, o.SIRET, o.ReachedAt
			}
		}
		if id = v.ID; v.CreatedAt.Equal(now) && len(mine) >= mostActivities {
			return ErrMany
		}
		if err := writeActivity(ctx, t, &v); err != nil {
			return err
		}
		deciders, err := FacilitatorsIn(ctx, t, ActFor, Object{Territory: v.Territory})
		if err != nil {
			return err
		}
		for _, p := range deciders {
			if err := a.Send(ctx, t, Letter{Kind: "activity.say", To: p.Mail, Person: p.ID, Language: p.Language, Activity: &v}); err != nil {
				return err
			}
		}
		return Record(ctx, t, now, Entry{Act: "activity.say", Kind: "activity", Object: v.ID, By: by})
	})
	if err != nil {
		return "", fmt.Errorf("say an activity: %w", err)
	}
	return id, nil
}

// TieActivity says which SIRET an activity has, whether the registers know it
// yet or not. It gives no right over the establishment: claiming it does.
func (a *Accounts) TieActivity(ctx context.Context, by Actor, id string, s register.SIRET) error {
	return a.changeActivity(ctx, by, id, "activity.tie", func(v *Activity) { v.SIRET = s })
}

// ReachActivity notes that a facilitator has talked with who said an activity.
func (a *Accounts) ReachActivity(ctx context.Context, by Actor, id string) error {
	return a.changeActivity(ctx, by, id, "activity.reach", func(v *Activity) { v.ReachedAt = a.Clock.Now() })
}

func (a *Accounts) changeActivity(ctx context.Context, by Actor, id, act string, change func(*Activity)) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		v, err := activityByID(ctx, t, id)
		if err != nil {
			return err
		}
		change(v)
		v.ChangedAt = now
		if err := writeActivity(ctx, t, v); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: act, Kind: "activity", Object: id, By: by})
	})
	if err != nil {
		return fmt.Errorf("change an activity: %w", err)
	}
	return nil
}

// RemoveActivity takes back that somebody does something; taken back twice, it
// is gone.
func (a *Accounts) RemoveActivity(ctx context.Context, by Actor, id string) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		n, err := t.Exec(ctx, `DELETE FROM activity WHERE id = $1`, id)
		if err != nil || n == 0 {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "activity.remove", Kind: "activity", Object: id, By: by})
	})
	if err != nil {
		return fmt.Errorf("remove an activity: %w", err)
	}
	return nil
}

// TellArrived tells those whose establishment the registers now have that they
// can claim it: open are the SIRETs, of those that activities have, which it
// gives. Each is told once.
func (a *Accounts) TellArrived(ctx context.Context, has func(register.SIRET) bool) error {
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		list, err := activitiesWhere(ctx, t, "siret <> 0 AND siret NOT IN (SELECT siret FROM membership WHERE membership.person = activity.person)")
		if err != nil {
			return err
		}
		for _, v := range list {
			if !has(v.SIRET) {
				continue
			}
			p, err := personByID(ctx, t, v.Person)
			if err != nil {
				return err
			}
			if err := a.Send(ctx, t, Letter{Kind: "activity.arrive", To: p.Mail, Person: p.ID, Language: p.Language, Activity: v, SIRET: v.SIRET}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("tell of establishments that arrived: %w", err)
	}
	return nil
}

// Activity returns an activity, or db.ErrNotFound.
func (a *Accounts) Activity(ctx context.Context, id string) (v *Activity, err error) {
	err = a.DB.Read(ctx, func(t *db.Tx) (err error) {
		v, err = activityByID(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("activity: %w", err)
	}
	return v, nil
}

// ActivitiesOf returns those of a person, the oldest first.
func (a *Accounts) ActivitiesOf(ctx context.Context, person string) ([]*Activity, error) {
	return a.activities(ctx, "person = $1", person)
}

// WaitingActivities returns those whose people nobody has talked with yet, the
// oldest first.
func (a *Accounts) WaitingActivities(ctx context.Context) ([]*Activity, error) {
	return a.activities(ctx, "reached_at IS NULL")
}

func (a *Accounts) activities(ctx context.Context, condition string, args ...any) (list []*Activity, err error) {
	err = a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = activitiesWhere(ctx, t, condition, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("activities: %w", err)
	}
	return list, nil
}
