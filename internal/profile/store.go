package profile

import (
	"context"
	"encoding/json"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

func readProfile(ctx context.Context, t *db.Tx, s register.SIRET) (Profile, error) {
	var p Profile
	var content string
	var changed, confirmed int64
	err := t.One(ctx, []any{&content, &changed, &confirmed}, `
		SELECT content, changed_at, confirmed_at
		FROM profile
		WHERE siret = $1`, int64(s))
	if err != nil {
		return p, err
	}
	p.ChangedAt, p.ConfirmedAt = db.Time(changed), db.Time(confirmed)
	return p, json.Unmarshal([]byte(content), &p.Content)
}

func writeProfile(ctx context.Context, t *db.Tx, s register.SIRET, c Content, now time.Time) error {
	content, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `
		INSERT INTO profile (siret, content, changed_at, confirmed_at)
		VALUES ($1, $2, $3, $3)
		ON CONFLICT (siret) DO UPDATE SET
			content = excluded.content, changed_at = excluded.changed_at, confirmed_at = excluded.confirmed_at`,
		int64(s), string(content), db.Micros(now))
	return err
}

func confirmProfile(ctx context.Context, t *db.Tx, s register.SIRET, now time.Time) error {
	n, err := t.Exec(ctx, `UPDATE profile SET confirmed_at = $2 WHERE siret = $1`, int64(s), db.Micros(now))
	if err == nil && n == 0 {
		err = db.ErrNotFound
	}
	return err
}

func addRevision(ctx context.Context, t *db.Tx, c Change, before Content, fields []string, now time.Time) error {
	content, err := json.Marshal(before)
	if err != nil {
		return err
	}
	names, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `
		INSERT INTO profile_revision (id, siret, at, who, for_name, channel, fields, content)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		db.NewID(now), int64(c.SIRET), db.Micros(now), c.By.Who, c.ForName, c.By.Channel, string(names), string(content))
	return err
}

func revisions(ctx context.Context, t *db.Tx, s register.SIRET, limit int) ([]Revision, error) {
	return db.All(ctx, t, func(r *db.Row) (Revision, error) {
		var v Revision
		var at int64
		var fields, content string
		if err := r.Scan(&at, &v.Who, &v.ForName, &v.Channel, &fields, &content); err != nil {
			return v, err
		}
		v.At = db.Time(at)
		if err := json.Unmarshal([]byte(fields), &v.Fields); err != nil {
			return v, err
		}
		return v, json.Unmarshal([]byte(content), &v.Before)
	}, `
		SELECT at, who, for_name, channel, fields, content
		FROM profile_revision
		WHERE siret = $1
		ORDER BY at DESC, id DESC
		LIMIT $2`, int64(s), limit)
}

func confirmedBefore(ctx context.Context, t *db.Tx, before time.Time) ([]register.SIRET, error) {
	return db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
		var s int64
		err := r.Scan(&s)
		return register.SIRET(s), err
	}, `
		SELECT siret
		FROM profile
		WHERE confirmed_at <= $1
		ORDER BY siret`, db.Micros(before))
}

// A kept is the content of the profile of an establishment.
type kept struct {
	SIRET register.SIRET
	Content
}

func confirmedAfter(ctx context.Context, t *db.Tx, after time.Time) ([]kept, error) {
	return db.All(ctx, t, func(r *db.Row) (kept, error) {
		var k kept
		var siret int64
		var content string
		if err := r.Scan(&siret, &content); err != nil {
			return k, err
		}
		k.SIRET = register.SIRET(siret)
		return k, json.Unmarshal([]byte(content), &k.Content)
	}, `
		SELECT siret, content
		FROM profile
		WHERE confirmed_at > $1
		ORDER BY siret`, db.Micros(after))
}

func profilesSince(ctx context.Context, t *db.Tx, since time.Time) ([]Spoken, error) {
	return db.All(ctx, t, func(r *db.Row) (Spoken, error) {
		var s Spoken
		var siret, changed, confirmed int64
		var content string
		if err := r.Scan(&siret, &content, &changed, &confirmed); err != nil {
			return s, err
		}
		s.SIRET, s.ChangedAt, s.ConfirmedAt = register.SIRET(siret), db.Time(changed), db.Time(confirmed)
		return s, json.Unmarshal([]byte(content), &s.Content)
	}, `
		SELECT siret, content, changed_at, confirmed_at
		FROM profile
		WHERE confirmed_at >= $1
		ORDER BY siret`, db.Micros(since))
}

func countProfiles(ctx context.Context, t *db.Tx) (n int, err error) {
	err = t.One(ctx, []any{&n}, `SELECT count(*) FROM profile`)
	return n, err
}
