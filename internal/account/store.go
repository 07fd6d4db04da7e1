package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

const personColumns = `id, mail, given_name, family_name, phone, language, salt, created_at, seen_at`

// findPerson returns the person for whom a condition on one argument holds.
func findPerson(ctx context.Context, t *db.Tx, condition string, arg any) (*Person, error) {
	var p Person
	var created, seen int64
	err := t.One(ctx, []any{&p.ID, &p.Mail, &p.GivenName, &p.FamilyName, &p.Phone, &p.Language, &p.salt, &created, &seen}, `
		SELECT `+personColumns+`
		FROM person
		WHERE `+condition, arg)
	if err != nil {
		return nil, err
	}
	p.CreatedAt, p.SeenAt = db.Time(created), db.Time(seen)
	p.Duties, err = db.All(ctx, t, func(r *db.Row) (d Duty, err error) {
		err = r.Scan(&d.Role, &d.Institution)
		return d, err
	}, `
		SELECT role, institution
		FROM person_role
		WHERE person = $1
		ORDER BY role`, p.ID)
	if err != nil {
		return nil, err
	}
	p.Territories, err = db.All(ctx, t, func(r *db.Row) (slug string, err error) {
		err = r.Scan(&slug)
		return slug, err
	}, `
		SELECT territory
		FROM person_territory
		WHERE person = $1
		ORDER BY territory`, p.ID)
	if err != nil {
		return nil, err
	}
	p.Memberships, err = db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
		var s int64
		err := r.Scan(&s)
		return register.SIRET(s), err
	}, `
		SELECT siret
		FROM membership
		WHERE person = $1
		ORDER BY siret`, p.ID)
	return &p, err
}

func personByID(ctx context.Context, t *db.Tx, id string) (*Person, error) {
	return findPerson(ctx, t, "id = $1", id)
}

func idOfMail(ctx context.Context, t *db.Tx, m Mail) (id string, err error) {
	err = t.One(ctx, []any{&id}, `
		SELECT id
		FROM person
		WHERE mail_key = $1`, m.Key())
	return id, err
}

// findOrMake returns the person of an address, whom it makes when there is
// none.
func findOrMake(ctx context.Context, t *db.Tx, m Mail, language string, now time.Time) (p *Person, made bool, err error) {
	p, err = findPerson(ctx, t, "mail_key = $1", m.Key())
	if !errors.Is(err, db.ErrNotFound) {
		return p, false, err
	}
	if language == "" {
		language = "fr"
	}
	salt := make([]byte, 32)
	rand.Read(salt) // never fails
	p = &Person{ID: db.NewID(now), Mail: m.String(), Language: language, CreatedAt: now, SeenAt: now, salt: salt}
	_, err = t.Exec(ctx, `
		INSERT INTO person (`+personColumns+`, mail_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		p.ID, p.Mail, p.GivenName, p.FamilyName, p.Phone, p.Language, p.salt, db.Micros(now), db.Micros(now), m.Key())
	return p, true, err
}

func giveDuty(ctx context.Context, t *db.Tx, person string, d Duty, now time.Time) error {
	_, err := t.Exec(ctx, `
		INSERT INTO person_role (person, role, institution, given_at)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (person, role) DO UPDATE SET institution = excluded.institution`,
		person, d.Role, d.Institution, db.Micros(now))
	return err
}

// takeDuty takes a role back; db.ErrNotFound when the person has not got it.
func takeDuty(ctx context.Context, t *db.Tx, person string, r Role) error {
	n, err := t.Exec(ctx, `DELETE FROM person_role WHERE person = $1 AND role = $2`, person, r)
	if err == nil && n == 0 {
		err = db.ErrNotFound
	}
	return err
}

func operators(ctx context.Context, t *db.Tx) (n int, err error) {
	err = t.One(ctx, []any{&n}, `SELECT count(*) FROM person_role WHERE role = 'operator'`)
	return n, err
}

// staffIDs returns who has a role, by their address.
func staffIDs(ctx context.Context, t *db.Tx) ([]string, error) {
	return db.All(ctx, t, func(r *db.Row) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	}, `
		SELECT id
		FROM person
		WHERE id IN (SELECT person FROM person_role)
		ORDER BY mail_key`)
}

func giveTerritory(ctx context.Context, t *db.Tx, person, slug string) error {
	_, err := t.Exec(ctx, `
		INSERT INTO person_territory (person, territory)
		VALUES ($1, $2)
		ON CONFLICT (person, territory) DO NOTHING`, person, slug)
	return err
}

func addLink(ctx context.Context, t *db.Tx, l link) error {
	_, err := t.Exec(ctx, `
		INSERT INTO signin_link (token, mail, mail_key, next, language, created_at, expires_at, siret, invited_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		stored(l.token), l.mail.String(), l.mail.Key(), l.next, l.language, db.Micros(l.at), db.Micros(l.until), int64(l.siret), l.invitedBy)
	return err
}

func usableLink(ctx context.Context, t *db.Tx, token string, now time.Time) (mail string, err error) {
	err = t.One(ctx, []any{&mail}, `
		SELECT mail
		FROM signin_link
		WHERE token = $1 AND used_at IS NULL AND expires_at > $2`, stored(token), db.Micros(now))
	return mail, err
}

// useLink takes a link, once; db.ErrNotFound when it cannot be used.
func useLink(ctx context.Context, t *db.Tx, token string, now time.Time) (link, error) {
	var l link
	var mail string
	var siret int64
	err := t.One(ctx, []any{&mail, &l.next, &l.language, &siret, &l.invitedBy}, `
		UPDATE signin_link
		SET used_at = $2
		WHERE token = $1 AND used_at IS NULL AND expires_at > $2
		RETURNING mail, next, language, siret, invited_by`, stored(token), db.Micros(now))
	if err != nil {
		return link{}, err
	}
	l.siret = register.SIRET(siret)
	l.mail, err = ParseMail(mail)
	return l, err
}

// attempt counts one more try of what a key names and returns ErrOften when
// there were more than most within a window.
func attempt(ctx context.Context, t *db.Tx, key string, most int, window time.Duration, now time.Time) error {
	sum := sha256.Sum256([]byte(key))
	var n int
	err := t.One(ctx, []any{&n}, `
		INSERT INTO attempt (key, n, since)
		VALUES ($1, 1, $2)
		ON CONFLICT (key) DO UPDATE SET
			n = CASE WHEN attempt.since > $3 THEN attempt.n + 1 ELSE 1 END,
			since = CASE WHEN attempt.since > $3 THEN attempt.since ELSE excluded.since END
		RETURNING n`, hex.EncodeToString(sum[:]), db.Micros(now), db.Micros(now.Add(-window)))
	if err != nil {
		return err
	}
	if n > most {
		return ErrOften
	}
	return nil
}

func changeNames(ctx context.Context, t *db.Tx, person string, n Names) error {
	_, err := t.Exec(ctx, `
		UPDATE person
		SET given_name = $2, family_name = $3, phone = $4
		WHERE id = $1`, person, n.Given, n.Family, n.Phone)
	return err
}
