package profile

import (
	"context"
	"encoding/json"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/register"
)

// Forget forgets a person in the transaction that erases them. Where they were
// the last to speak for an establishment, what it said goes with them; where
// others stay, how to reach the one who leaves does. What they wrote for
// somebody, or had written, no longer tells for whom.
func (p *Profiles) Forget(ctx context.Context, t *db.Tx, who *account.Person) error {
	for _, s := range who.Memberships {
		var others int
		if err := t.One(ctx, []any{&others}, `SELECT count(*) FROM membership WHERE siret = $1 AND person <> $2`, int64(s), who.ID); err != nil {
			return err
		}
		if others == 0 {
			if err := p.silence(ctx, t, who, s); err != nil {
				return err
			}
			continue
		}
		if err := scrub(ctx, t, s, who); err != nil {
			return err
		}
	}
	if _, err := t.Exec(ctx, `UPDATE profile_revision SET for_name = '' WHERE who = $1`, who.ID); err != nil {
		return err
	}
	return forgetLabels(ctx, t, who)
}

// silence removes all that an establishment said.
func (p *Profiles) silence(ctx context.Context, t *db.Tx, who *account.Person, s register.SIRET) error {
	for _, query := range []string{`DELETE FROM profile WHERE siret = $1`, `DELETE FROM profile_revision WHERE siret = $1`, `DELETE FROM profile_picture WHERE siret = $1`, `DELETE FROM profile_label WHERE siret = $1`} {
		if _, err := t.Exec(ctx, query, int64(s)); err != nil {
			return err
		}
	}
	return p.Over(ctx, t, directory.Act{Who: who.ID, Channel: string(account.System)}, s, func(o *directory.Overlay) {
		o.Words, o.Resources, o.Flags, o.Wishes, o.Labels = "", nil, nil, nil, nil
	})
}

// scrub takes how to reach a person out of what an establishment says, and
// said before.
func scrub(ctx context.Context, t *db.Tx, s register.SIRET, who *account.Person) error {
	rows, err := db.All(ctx, t, func(r *db.Row) (row [2]string, err error) {
		err = r.Scan(&row[0], &row[1])
		return row, err
	}, `
		SELECT id, content FROM profile_revision WHERE siret = $1
		UNION ALL
		SELECT '', content FROM profile WHERE siret = $1`, int64(s))
	if err != nil {
		return err
	}
	for _, row := range rows {
		var c Content
		if err := json.Unmarshal([]byte(row[1]), &c); err != nil {
			return err
		}
		c.forget(who)
		text, err := json.Marshal(c)
		if err != nil {
			return err
		}
		query, key := `UPDATE profile_revision SET content = $2 WHERE id = $1`, any(row[0])
		if row[0] == "" {
			query, key = `UPDATE profile SET content = $2 WHERE siret = $1`, int64(s)
		}
		if _, err := t.Exec(ctx, query, key, string(text)); err != nil {
			return err
		}
	}
	return forgetPictures(ctx, t, s, who)
}

// forget blanks what tells who somebody is, wherever it was written.
func (c *Content) forget(who *account.Person) {
	for _, s := range []*string{&c.Contact, &c.Phone, &c.Mail, &c.Words, &c.Story, &c.Hours, &c.Sells, &c.Buys, &c.Languages, &c.Certifications, &c.Web} {
		if tells(*s, who) {
			*s = ""
		}
	}
	c.Zones = slices.DeleteFunc(c.Zones, func(z ZoneOf) bool { return tells(z.Activity, who) })
}
