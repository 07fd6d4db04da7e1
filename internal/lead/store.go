package lead

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// ledTo is the rank of what a lead led to.
const ledTo = -1

// noDay sorts leads without a day last.
const noDay = "9999-12-31"

const leadColumns = `id, title, words, next_step, due, stage, reason, owner, territory, axis, created_at, changed_at, asked_at`

func scanLead(r *db.Row) (*Lead, error) {
	var l Lead
	var created, changed, asked int64
	err := r.Scan(&l.ID, &l.Title, &l.Words, &l.Next, &l.Due, &l.Stage, &l.Reason, &l.Owner, &l.Territory, &l.Axis, &created, &changed, &asked)
	l.CreatedAt, l.ChangedAt, l.AskedAt = db.Time(created), db.Time(changed), moment(asked)
	return &l, err
}

// moment and micros write the zero time as 0.
func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return db.Time(micros)
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

func leadByID(ctx context.Context, t *db.Tx, id string) (*Lead, error) {
	list, err := db.All(ctx, t, scanLead, `
		SELECT `+leadColumns+`
		FROM lead
		WHERE id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, db.ErrNotFound
	}
	return list[0], withLinks(ctx, t, list)
}

// leadFrom returns the lead that came from where another comes from, between
// the same establishments; of an event, with the same title too.
func leadFrom(ctx context.Context, t *db.Tx, of *Lead) (*Lead, error) {
	o := of.Origins[0]
	list, err := leadsFrom(ctx, t, o, true)
	if seeker, wanted, ok := strings.Cut(o.ID, "-"); ok && err == nil && o.Kind == FromMatch {
		var back []*Lead // the same two, read from the other side
		back, err = leadsFrom(ctx, t, Origin{o.Kind, wanted + "-" + seeker}, true)
		list = append(list, back...)
	}
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		if keyOf(l.Parties) == keyOf(of.Parties) && (o.Kind != FromMeeting && o.Kind != FromVisit || l.Title == of.Title) {
			return l, nil
		}
	}
	return nil, db.ErrNotFound
}

// leadsFrom returns the leads that came from an origin, the oldest first: at
// once, or, within a longer chain, from what itself came from it.
func leadsFrom(ctx context.Context, t *db.Tx, o Origin, atOnce bool) ([]*Lead, error) {
	rank := "rank >= 0"
	if atOnce {
		rank = "rank = 0"
	}
	list, err := db.All(ctx, t, scanLead, `
		SELECT `+leadColumns+`
		FROM lead
		WHERE id IN (SELECT lead FROM lead_link WHERE kind = $1 AND lead_link.id = $2 AND `+rank+`)
		ORDER BY id`, o.Kind, o.ID)
	if err != nil {
		return nil, err
	}
	return list, withLinks(ctx, t, list)
}

// leadsBefore returns the leads that led to something, the oldest first.
func leadsBefore(ctx context.Context, t *db.Tx, to Origin) ([]*Lead, error) {
	list, err := db.All(ctx, t, scanLead, `
		SELECT `+leadColumns+`
		FROM lead
		WHERE id IN (SELECT lead FROM lead_link WHERE kind = $1 AND lead_link.id = $2 AND rank = $3)
		ORDER BY id`, to.Kind, to.ID, ledTo)
	if err != nil {
		return nil, err
	}
	return list, withLinks(ctx, t, list)
}

// dueOrder sorts by the day of the next step, those without one last.
const dueOrder = "CASE WHEN due = '' THEN '" + noDay + "' ELSE due END"

// condition writes the WHERE of a filter.
func (f *Filter) condition() (string, []any) {
	w := where{}
	if f.Stage != "" {
		w.and("stage = ", f.Stage)
	} else if !f.All {
		w.parts = append(w.parts, "stage NOT IN ('done', 'dropped')")
	}
	if len(f.Territories) > 0 {
		in := "territory IN (" + w.list(f.Territories) + ")"
		if f.Mine != "" {
			in = "(" + in + " OR owner = " + w.arg(f.Mine) + ")"
		}
		w.parts = append(w.parts, in)
	}
	switch f.Owner {
	case "":
	case Nobody:
		w.parts = append(w.parts, "owner = ''")
	default:
		w.and("owner = ", f.Owner)
	}
	if f.Axis != "" {
		w.and("axis = ", f.Axis)
	}
	if f.Overdue != "" {
		w.parts = append(w.parts, "due <> ''", "stage NOT IN ('done', 'dropped')")
		w.and(dueOrder+" < ", string(f.Overdue))
	}
	if f.Party != 0 {
		w.parts = append(w.parts, "id IN (SELECT lead FROM lead_party WHERE siret = "+w.arg(int64(f.Party))+")")
	}
	if f.Origin.Kind != "" {
		of := "rank >= 0 AND kind = " + w.arg(f.Origin.Kind)
		if f.Origin.ID != "" {
			of += " AND lead_link.id = " + w.arg(f.Origin.ID)
		}
		w.parts = append(w.parts, "id IN (SELECT lead FROM lead_link WHERE "+of+")")
	}
	if day, id, ok := strings.Cut(f.After, "."); ok {
		w.parts = append(w.parts, "("+dueOrder+", id) > ("+w.arg(day)+", "+w.arg(id)+")")
	}
	if len(w.parts) == 0 {
		return "1 = 1", nil
	}
	return strings.Join(w.parts, " AND "), w.args
}

// A where is a condition as it is written.
type where struct {
	parts []string
	args  []any
}

func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

func (w *where) and(is string, v any) { w.parts = append(w.parts, is+w.arg(v)) }

func (w *where) list(values []string) string {
	first := len(w.args) + 1
	for _, v := range values {
		w.args = append(w.args, v)
	}
	return db.In(first, len(values))
}

// cursorOf names the place of a lead in the order of lists.
func cursorOf(l *Lead) string {
	day := string(l.Due)
	if day == "" {
		day = noDay
	}
	return day + "." + l.ID
}

// leadsWhere returns one lead more than asked for, when there is one.
func leadsWhere(ctx context.Context, t *db.Tx, f Filter) ([]*Lead, error) {
	where, args := f.condition()
	limit := ""
	if f.Limit > 0 {
		args = append(args, f.Limit+1)
		limit = fmt.Sprintf("LIMIT $%d", len(args))
	}
	list, err := db.All(ctx, t, scanLead, `
		SELECT `+leadColumns+`
		FROM lead
		WHERE `+where+`
		ORDER BY `+dueOrder+`, id
		`+limit, args...)
	if err != nil {
		return nil, err
	}
	return list, withLinks(ctx, t, list)
}

func countLeads(ctx context.Context, t *db.Tx, f Filter) (map[Stage]int, error) {
	f.Stage, f.After, f.All = "", "", true
	where, args := f.condition()
	n := make(map[Stage]int)
	for row, err := range t.Query(ctx, `
		SELECT stage, count(*)
		FROM lead
		WHERE `+where+`
		GROUP BY stage`, args...) {
		if err != nil {
			return nil, err
		}
		var s Stage
		var k int
		if err := row.Scan(&s, &k); err != nil {
			return nil, err
		}
		n[s] = k
	}
	return n, nil
}

// linksAtOnce bounds the arguments of one query.
const linksAtOnce = 500

// withLinks adds the parties and links of leads.
func withLinks(ctx context.Context, t *db.Tx, list []*Lead) error {
	for len(list) > 0 {
		some := list[:min(len(list), linksAtOnce)]
		list = list[len(some):]
		by, ids := make(map[string]*Lead, len(some)), make([]any, len(some))
		for i, l := range some {
			by[l.ID], ids[i] = l, l.ID
		}
		for row, err := range t.Query(ctx, `
			SELECT lead, siret
			FROM lead_party
			WHERE lead IN (`+db.In(1, len(ids))+`)
			ORDER BY lead, siret`, ids...) {
			if err != nil {
				return err
			}
			var id string
			var siret int64
			if err := row.Scan(&id, &siret); err != nil {
				return err
			}
			by[id].Parties = append(by[id].Parties, register.SIRET(siret))
		}
		for row, err := range t.Query(ctx, `
			SELECT lead, kind, id, rank
			FROM lead_link
			WHERE lead IN (`+db.In(1, len(ids))+`)
			ORDER BY lead, rank, kind, id`, ids...) {
			if err != nil {
				return err
			}
			var id string
			var o Origin
			var rank int
			if err := row.Scan(&id, &o.Kind, &o.ID, &rank); err != nil {
				return err
			}
			if rank == ledTo {
				by[id].LedTo = append(by[id].LedTo, o)
			} else {
				by[id].Origins = append(by[id].Origins, o)
			}
		}
	}
	return nil
}

func addLead(ctx context.Context, t *db.Tx, l *Lead) error {
	_, err := t.Exec(ctx, `
		INSERT INTO lead (`+leadColumns+`)
		VALUES (`+db.In(1, 13)+`)`,
		l.ID, l.Title, l.Words, l.Next, string(l.Due), l.Stage, l.Reason, l.Owner, l.Territory, l.Axis, db.Micros(l.CreatedAt), db.Micros(l.ChangedAt), micros(l.AskedAt))
	if err != nil {
		return err
	}
	for rank, o := range l.Origins {
		if err := addLink(ctx, t, l.ID, o, rank); err != nil {
			return err
		}
	}
	return writeParties(ctx, t, l)
}

func changeLead(ctx context.Context, t *db.Tx, l *Lead) error {
	_, err := t.Exec(ctx, `
		UPDATE lead
		SET title = $2, words = $3, next_step = $4, due = $5, stage = $6, reason = $7, owner = $8, territory = $9, changed_at = $10,
			axis = $11, asked_at = $12
		WHERE id = $1`,
		l.ID, l.Title, l.Words, l.Next, string(l.Due), l.Stage, l.Reason, l.Owner, l.Territory, db.Micros(l.ChangedAt), l.Axis, micros(l.AskedAt))
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `DELETE FROM lead_party WHERE lead = $1`, l.ID); err != nil {
		return err
	}
	return writeParties(ctx, t, l)
}

func writeParties(ctx context.Context, t *db.Tx, l *Lead) error {
	for _, s := range l.Parties {
		if _, err := t.Exec(ctx, `INSERT INTO lead_party (lead, siret) VALUES ($1, $2)`, l.ID, int64(s)); err != nil {
			return err
		}
	}
	return nil
}

func addLink(ctx context.Context, t *db.Tx, id string, o Origin, rank int) error {
	_, err := t.Exec(ctx, `
		INSERT INTO lead_link (lead, kind, id, rank)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (lead, kind, id) DO NOTHING`, id, o.Kind, o.ID, rank)
	return err
}

func addChange(ctx context.Context, t *db.Tx, id string, c Changed) error {
	if c.Fields == nil {
		c.Fields = []string{}
	}
	fields, err := json.Marshal(c.Fields)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `
		INSERT INTO lead_change (id, lead, at, who, channel, before, after, fields, note)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		db.NewID(c.At), id, db.Micros(c.At), c.Who, c.Channel, c.Before, c.After, string(fields), c.Note)
	return err
}

func changes(ctx context.Context, t *db.Tx, id string) ([]Changed, error) {
	return db.All(ctx, t, func(r *db.Row) (Changed, error) {
		var c Changed
		var at int64
		var fields string
		if err := r.Scan(&at, &c.Who, &c.Channel, &c.Before, &c.After, &fields, &c.Note); err != nil {
			return c, err
		}
		c.At = db.Time(at)
		return c, json.Unmarshal([]byte(fields), &c.Fields)
	}, `
		SELECT at, who, channel, before, after, fields, note
		FROM lead_change
		WHERE lead = $1
		ORDER BY at DESC, id DESC`, id)
}

func pairs(ctx context.Context, t *db.Tx) ([][2]register.SIRET, error) {
	return db.All(ctx, t, func(r *db.Row) (p [2]register.SIRET, err error) {
		var a, b int64
		err = r.Scan(&a, &b)
		return [2]register.SIRET{register.SIRET(a), register.SIRET(b)}, err
	}, `
		SELECT a.siret, b.siret
		FROM lead_party a
		JOIN lead_party b ON b.lead = a.lead AND b.siret > a.siret
		UNION
		SELECT a.siret, b.siret
		FROM cooperation_party a
		JOIN cooperation_party b ON b.cooperation = a.cooperation AND b.siret > a.siret
		ORDER BY 1, 2`)
}
