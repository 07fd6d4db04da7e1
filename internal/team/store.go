package team

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

const projectColumns = `id, owner, title, words, commune, territory, job, starts, ends, state, answer_by, referent, created_at, changed_at`

func scanProject(r *db.Row) (*Project, error) {
	var p Project
	var job string
	var by *int64
	var referent, created, changed int64
	err := r.Scan(&p.ID, &p.Owner, &p.Title, &p.Words, &p.Commune, &p.Territory, &job, &p.Starts, &p.Ends, &p.State, &by, &referent, &created, &changed)
	if err != nil {
		return nil, err
	}
	p.AnswerBy, p.Referent, p.CreatedAt, p.ChangedAt = timeOf(by), register.SIRET(referent), db.Time(created), db.Time(changed)
	return &p, json.Unmarshal([]byte(job), &p.Job)
}

func timeOf(micros *int64) time.Time {
	if micros == nil {
		return time.Time{}
	}
	return db.Time(*micros)
}

func microsOf(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	m := db.Micros(t)
	return &m
}

func projectByID(ctx context.Context, t *db.Tx, id string) (*Project, error) {
	list, err := projects(ctx, t, `id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, db.ErrNotFound
	}
	return list[0], nil
}

func projects(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*Project, error) {
	list, err := db.All(ctx, t, scanProject, `
		SELECT `+projectColumns+`
		FROM team
		WHERE `+condition+`
		ORDER BY changed_at DESC, id DESC`, args...)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.Places, err = placesOf(ctx, t, p.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// most bounds a list of teams.
const mostListed = 200

func projectsWhere(ctx context.Context, t *db.Tx, f Filter) ([]*Project, error) {
	var parts []string
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	if f.Owner != "" {
		parts = append(parts, "owner = "+arg(f.Owner))
	}
	if len(f.Firms) > 0 {
		var list []string
		for _, s := range f.Firms {
			list = append(list, arg(int64(s)))
		}
		parts = append(parts, "state <> 'draft' AND id IN (SELECT team FROM team_place WHERE siret IN ("+strings.Join(list, ", ")+"))")
	}
	if len(f.Territories) > 0 {
		var list []string
		for _, slug := range f.Territories {
			list = append(list, arg(slug))
		}
		parts = append(parts, "territory IN ("+strings.Join(list, ", ")+")")
	}
	if f.Everywhere {
		parts = append(parts, "1 = 1")
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return projects(ctx, t, "id IN (SELECT id FROM team WHERE "+strings.Join(parts, " OR ")+" ORDER BY changed_at DESC LIMIT "+fmt.Sprint(mostListed)+")", args...)
}

func addProject(ctx context.Context, t *db.Tx, p *Project) error {
	job, err := json.Marshal(p.Job)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `
		INSERT INTO team (`+projectColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		p.ID, p.Owner, p.Title, p.Words, p.Commune, p.Territory, string(job), p.Starts, p.Ends, p.State, microsOf(p.AnswerBy), int64(p.Referent),
		db.Micros(p.CreatedAt), db.Micros(p.ChangedAt))
	return err
}

func changeProject(ctx context.Context, t *db.Tx, p *Project, now time.Time) error {
	p.ChangedAt = now
	_, err := t.Exec(ctx, `
		UPDATE team
		SET state = $2, answer_by = $3, referent = $4, changed_at = $5
		WHERE id = $1`, p.ID, p.State, microsOf(p.AnswerBy), int64(p.Referent), db.Micros(now))
	return err
}

func placesOf(ctx context.Context, t *db.Tx, id string) ([]Place, error) {
	return db.All(ctx, t, func(r *db.Row) (Place, error) {
		var p Place
		var siret, settled int64
		var lots string
		var asked, by, reminded, answered *int64
		if err := r.Scan(&siret, &lots, &p.Meters, &p.Answer, &settled, &p.Reason, &asked, &by, &reminded, &answered); err != nil {
			return p, err
		}
		p.SIRET, p.Settled = register.SIRET(siret), settled == 1
		p.AskedAt, p.AnswerBy, p.RemindedAt, p.AnsweredAt = timeOf(asked), timeOf(by), timeOf(reminded), timeOf(answered)
		return p, json.Unmarshal([]byte(lots), &p.Lots)
	}, `
		SELECT siret, lots, meters, state, settled, reason, asked_at, answer_by, reminded_at, answered_at
		FROM team_place
		WHERE team = $1
		ORDER BY meters, siret`, id)
}

func addPlace(ctx context.Context, t *db.Tx, id string, p *Place) error {
	lots, err := json.Marshal(p.Lots)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `
		INSERT INTO team_place (team, siret, lots, meters, state, settled, reason)
		VALUES ($1, $2, $3, $4, $5, 0, '')`, id, int64(p.SIRET), string(lots), p.Meters, p.Answer)
	return err
}

func changePlace(ctx context.Context, t *db.Tx, id string, p *Place) error {
	settled := 0
	if p.Settled {
		settled = 1
	}
	_, err := t.Exec(ctx, `
		UPDATE team_place
		SET state = $3, settled = $4, reason = $5, asked_at = $6, answer_by = $7, reminded_at = $8, answered_at = $9
		WHERE team = $1 AND siret = $2`,
		id, int64(p.SIRET), p.Answer, settled, p.Reason, microsOf(p.AskedAt), microsOf(p.AnswerBy), microsOf(p.RemindedAt), microsOf(p.AnsweredAt))
	return err
}

// movePlace gives the place of an establishment to another, and writes what
// the job says of it.
func movePlace(ctx context.Context, t *db.Tx, p *Project, from, to register.SIRET) error {
	job, err := json.Marshal(p.Job)
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `UPDATE team SET job = $2 WHERE id = $1`, p.ID, string(job)); err != nil {
		return err
	}
	_, err = t.Exec(ctx, `UPDATE team_place SET siret = $3 WHERE team = $1 AND siret = $2`, p.ID, int64(from), int64(to))
	return err
}

// establishments returns those with a place in a team that goes on.
func establishments(ctx context.Context, t *db.Tx) ([]register.SIRET, error) {
	return db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
		var s int64
		err := r.Scan(&s)
		return register.SIRET(s), err
	}, `
		SELECT DISTINCT siret
		FROM team_place
		WHERE team IN (SELECT id FROM team WHERE state IN ('draft', 'asking', 'agreed'))
		ORDER BY siret`)
}

func addEvent(ctx context.Context, t *db.Tx, id string, e Event) error {
	_, err := t.Exec(ctx, `
		INSERT INTO team_event (team, n, at, act, siret, who, channel)
		SELECT $1, count(*) + 1, $2, $3, $4, $5, $6
		FROM team_event
		WHERE team = $1`,
		id, db.Micros(e.At), e.Act, int64(e.SIRET), e.Who, e.Channel)
	return err
}

func eventsOf(ctx context.Context, t *db.Tx, id string) ([]Event, error) {
	return db.All(ctx, t, func(r *db.Row) (Event, error) {
		var e Event
		var at, siret int64
		err := r.Scan(&at, &e.Act, &siret, &e.Who, &e.Channel)
		e.At, e.SIRET = db.Time(at), register.SIRET(siret)
		return e, err
	}, `
		SELECT at, act, siret, who, channel
		FROM team_event
		WHERE team = $1
		ORDER BY n DESC`, id)
}

// waiting returns the teams in which somebody is to be reminded or is late, or
// that nobody has touched since a moment.
func waiting(ctx context.Context, t *db.Tx, soon, old time.Time) ([]string, error) {
	return db.All(ctx, t, func(r *db.Row) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	}, `
		SELECT id
		FROM team
		WHERE state = 'asking' AND (changed_at <= $2 OR id IN (SELECT team FROM team_place WHERE state = 'asked' AND answer_by <= $1))
		ORDER BY id`, db.Micros(soon), db.Micros(old))
}
