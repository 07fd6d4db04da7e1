package meeting

import (
	"context"
	"encoding/json"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

func readMinutes(ctx context.Context, t *db.Tx, id string) (Minutes, error) {
	m := Minutes{Meeting: id}
	list, err := db.All(ctx, t, func(r *db.Row) (m Minutes, err error) {
		err = r.Scan(&m.Version, &m.Published)
		return m, err
	}, `SELECT version, published FROM meeting_minutes WHERE meeting = $1`, id)
	if err != nil || len(list) == 0 {
		return m, err
	}
	m.Version, m.Published = list[0].Version, list[0].Published
	last, err := readRevision(ctx, t, id, m.Version)
	m.Sections = last.Sections
	return m, err
}

// lockMinutes reads the minutes of a meeting, which it begins, and keeps their
// row until the transaction ends.
func lockMinutes(ctx context.Context, t *db.Tx, id string) (Minutes, error) {
	if _, err := t.Exec(ctx, `
		INSERT INTO meeting_minutes (meeting, version, published)
		VALUES ($1, 0, FALSE)
		ON CONFLICT (meeting) DO NOTHING`, id); err != nil {
		return Minutes{}, err
	}
	if _, err := t.Exec(ctx, `UPDATE meeting_minutes SET version = version WHERE meeting = $1`, id); err != nil {
		return Minutes{}, err
	}
	return readMinutes(ctx, t, id)
}

func showMinutes(ctx context.Context, t *db.Tx, id string, shown bool) error {
	_, err := t.Exec(ctx, `UPDATE meeting_minutes SET published = $2 WHERE meeting = $1`, id, shown)
	return err
}

const revisionColumns = `version, sections, who, name, at`

func scanRevision(r *db.Row) (v Revision, err error) {
	var sections string
	var at int64
	if err := r.Scan(&v.Version, &sections, &v.Who, &v.Name, &at); err != nil {
		return v, err
	}
	v.At = db.Time(at)
	return v, json.Unmarshal([]byte(sections), &v.Sections)
}

// readRevision reads one; version 0 is the empty text before the first.
func readRevision(ctx context.Context, t *db.Tx, id string, version int64) (Revision, error) {
	if version == 0 {
		return Revision{}, nil
	}
	list, err := db.All(ctx, t, scanRevision, `
		SELECT `+revisionColumns+`
		FROM meeting_minutes_revision
		WHERE meeting = $1 AND version = $2`, id, version)
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return Revision{}, err
	}
	return list[0], nil
}

func revisions(ctx context.Context, t *db.Tx, id string) ([]Revision, error) {
	return db.All(ctx, t, scanRevision, `
		SELECT `+revisionColumns+`
		FROM meeting_minutes_revision
		WHERE meeting = $1
		ORDER BY version DESC`, id)
}

func addRevision(ctx context.Context, t *db.Tx, id string, v Revision) error {
	sections, err := json.Marshal(v.Sections)
	if err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `
		INSERT INTO meeting_minutes_revision (meeting, version, sections, who, name, at)
		VALUES ($1, $2, $3, $4, $5, $6)`, id, v.Version, string(sections), v.Who, v.Name, db.Micros(v.At)); err != nil {
		return err
	}
	_, err = t.Exec(ctx, `UPDATE meeting_minutes SET version = $2 WHERE meeting = $1`, id, v.Version)
	return err
}

// forgetInMinutes takes a person out of who wrote, and out of the texts that
// scrub changes.
func forgetInMinutes(ctx context.Context, t *db.Tx, who *account.Person, scrub func([]Section) bool) error {
	if _, err := t.Exec(ctx, `UPDATE meeting_minutes_revision SET who = '', name = '' WHERE who = $1`, who.ID); err != nil {
		return err
	}
	type row struct {
		meeting  string
		version  int64
		sections []Section
	}
	list, err := db.All(ctx, t, func(r *db.Row) (x row, err error) {
		var sections string
		if err := r.Scan(&x.meeting, &x.version, &sections); err != nil {
			return x, err
		}
		return x, json.Unmarshal([]byte(sections), &x.sections)
	}, `SELECT meeting, version, sections FROM meeting_minutes_revision`)
	if err != nil {
		return err
	}
	for _, x := range list {
		if !scrub(x.sections) {
			continue
		}
		sections, err := json.Marshal(x.sections)
		if err != nil {
			return err
		}
		if _, err := t.Exec(ctx, `UPDATE meeting_minutes_revision SET sections = $3 WHERE meeting = $1 AND version = $2`, x.meeting, x.version, string(sections)); err != nil {
			return err
		}
	}
	return nil
}
