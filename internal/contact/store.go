package contact

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// contactColumns are those of a contact; whether somebody with their address
// has an account is asked of the people of the house.
const contactColumns = `id, siret, firm, commune, territory, given_name, family_name, role, mail, phone, consent, token, created_at, changed_at,
	mail_key <> '' AND EXISTS (SELECT 1 FROM person WHERE person.mail_key = contact.mail_key)`

func scanContact(r *db.Row) (*Contact, error) {
	var c Contact
	var siret, consent, created, changed int64
	err := r.Scan(&c.ID, &siret, &c.Firm, &c.Commune, &c.Territory, &c.GivenName, &c.FamilyName, &c.Role, &c.Mail, &c.Phone, &consent, &c.Token, &created, &changed, &c.Member)
	c.SIRET, c.Consent, c.CreatedAt, c.ChangedAt = register.SIRET(siret), Consent(consent), db.Time(created), db.Time(changed)
	return &c, err
}

func contactsWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*Contact, error) {
	return db.All(ctx, t, scanContact, `
		SELECT `+contactColumns+`
		FROM contact
		WHERE `+condition+`
		ORDER BY family_name, given_name, firm, id`, args...)
}

func allContacts(ctx context.Context, t *db.Tx) ([]*Contact, error) {
	return contactsWhere(ctx, t, "1 = 1")
}

func contactByID(ctx context.Context, t *db.Tx, id string) (*Contact, error) {
	return oneContact(contactsWhere(ctx, t, "id = $1", id))
}

func contactByToken(ctx context.Context, t *db.Tx, token string) (*Contact, error) {
	return oneContact(contactsWhere(ctx, t, "token = $1", token))
}

func oneContact(list []*Contact, err error) (*Contact, error) {
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// untouched returns whom nobody touched since a moment, and who were not told.
func untouched(ctx context.Context, t *db.Tx, before time.Time) ([]*Contact, error) {
	return contactsWhere(ctx, t, "changed_at < $1 AND warned_at IS NULL", db.Micros(before))
}

// withOrigins reads the origins of contacts: those that somebody may see, or
// all of them for nobody.
func withOrigins(ctx context.Context, t *db.Tx, who *account.Person, list []*Contact) error {
	by := make(map[string]*Contact, len(list))
	for _, c := range list {
		by[c.ID] = c
	}
	query, args := `
		SELECT contact, author, institution, scope, source, since, note, changed_at
		FROM contact_origin
		ORDER BY changed_at DESC, author`, []any(nil)
	if len(list) == 1 {
		query, args = `
		SELECT contact, author, institution, scope, source, since, note, changed_at
		FROM contact_origin
		WHERE contact = $1
		ORDER BY changed_at DESC, author`, []any{list[0].ID}
	}
	for row, err := range t.Query(ctx, query, args...) {
		if err != nil {
			return err
		}
		var id string
		var o Origin
		var changed int64
		if err := row.Scan(&id, &o.Author, &o.Institution, &o.Scope, &o.Source, &o.Since, &o.Note, &changed); err != nil {
			return err
		}
		o.ChangedAt = db.Time(changed)
		if c := by[id]; c != nil && (who == nil || account.May(who, account.KeepContacts, o.Object(c.Territory))) {
			c.Origins = append(c.Origins, o)
		}
	}
	return nil
}

// writeContact writes a contact and its origins; whoever is touched is not
// told again that nobody was.
func writeContact(ctx context.Context, t *db.Tx, c *Contact) error {
	key := ""
	if m, err := account.ParseMail(c.Mail); err == nil {
		key = m.Key()
	}
	_, err := t.Exec(ctx, `
		INSERT INTO contact (id, siret, firm, commune, territory, given_name, family_name, role, mail, mail_key, phone, consent, token, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (id) DO UPDATE SET
			siret = excluded.siret, firm = excluded.firm, commune = excluded.commune, territory = excluded.territory, given_name = excluded.given_name, family_name = excluded.family_name,
			role = excluded.role, mail = excluded.mail, mail_key = excluded.mail_key, phone = excluded.phone, consent = excluded.consent, changed_at = excluded.changed_at, warned_at = NULL`,
		c.ID, int64(c.SIRET), c.Firm, c.Commune, c.Territory, c.GivenName, c.FamilyName, c.Role, c.Mail, key, c.Phone, int64(c.Consent), c.Token, db.Micros(c.CreatedAt), db.Micros(c.ChangedAt))
	if err != nil {
		return err
	}
	for _, o := range c.Origins {
		if _, err := t.Exec(ctx, `
			INSERT INTO contact_origin (contact, author, institution, scope, source, since, note, changed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (contact, author) DO UPDATE SET
				institution = excluded.institution, scope = excluded.scope, source = excluded.source, since = excluded.since, note = excluded.note, changed_at = excluded.changed_at`,
			c.ID, o.Author, o.Institution, o.Scope, o.Source, string(o.Since), o.Note, db.Micros(o.ChangedAt)); err != nil {
			return err
		}
	}
	return writeAnswers(ctx, t, c)
}

func removeContact(ctx context.Context, t *db.Tx, id string) error {
	n, err := t.Exec(ctx, `DELETE FROM contact WHERE id = $1`, id)
	if err == nil && n == 0 {
		err = db.ErrNotFound
	}
	return err
}

func warned(ctx context.Context, t *db.Tx, id string, now time.Time) error {
	_, err := t.Exec(ctx, `UPDATE contact SET warned_at = $2 WHERE id = $1`, id, db.Micros(now))
	return err
}

func forgetOld(ctx context.Context, t *db.Tx, untouched, told time.Time) error {
	_, err := t.Exec(ctx, `DELETE FROM contact WHERE changed_at < $1 AND warned_at < $2`, db.Micros(untouched), db.Micros(told))
	return err
}

// forgetMail removes every contact with an address, and the files that wait:
// any of them may name it.
func forgetMail(ctx context.Context, t *db.Tx, key string) error {
	if _, err := t.Exec(ctx, `DELETE FROM contact WHERE mail_key = $1`, key); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `DELETE FROM contact_import`)
	return err
}

func addObjection(ctx context.Context, t *db.Tx, key string, now time.Time) error {
	n, err := t.Exec(ctx, `
		INSERT INTO contact_objection (key, at)
		VALUES ($1, $2)
		ON CONFLICT (key) DO NOTHING`, key, db.Micros(now))
	if err != nil || n == 0 {
		return err
	}
	_, err = t.Notice(ctx, account.ErasureTopic)
	return err
}

// addObjections notes many at once, those that are known left as they are.
func addObjections(ctx context.Context, t *db.Tx, list []Objection) error {
	for some := range slices.Chunk(list, 500) {
		var rows strings.Builder
		args := make([]any, 0, 2*len(some))
		for i, o := range some {
			if i > 0 {
				rows.WriteString(", ")
			}
			rows.WriteString("(" + db.In(len(args)+1, 2) + ")")
			args = append(args, o.Digest, db.Micros(o.At))
		}
		if _, err := t.Exec(ctx, `
			INSERT INTO contact_objection (key, at)
			VALUES `+rows.String()+`
			ON CONFLICT (key) DO NOTHING`, args...); err != nil {
			return err
		}
	}
	return nil
}

// objectionsAfter returns a page of the objections.
func objectionsAfter(ctx context.Context, t *db.Tx, key string, limit int) ([]Objection, error) {
	return db.All(ctx, t, func(r *db.Row) (o Objection, err error) {
		var at int64
		err = r.Scan(&o.Digest, &at)
		o.At = db.Time(at)
		return o, err
	}, `
		SELECT key, at
		FROM contact_objection
		WHERE key > $1
		ORDER BY key
		LIMIT $2`, key, limit)
}

// objectionsAmong returns which of some keys there is an objection for.
func objectionsAmong(ctx context.Context, t *db.Tx, keys []string) (map[string]bool, error) {
	known := make(map[string]bool)
	for some := range slices.Chunk(keys, 1000) {
		args := make([]any, len(some))
		for i, key := range some {
			args[i] = key
		}
		list, err := db.All(ctx, t, func(r *db.Row) (key string, err error) {
			err = r.Scan(&key)
			return key, err
		}, `
			SELECT key
			FROM contact_objection
			WHERE key IN (`+db.In(1, len(args))+`)`, args...)
		if err != nil {
			return nil, err
		}
		for _, key := range list {
			known[key] = true
		}
	}
	return known, nil
}

// contactsAfter returns a page of the contacts by id.
func contactsAfter(ctx context.Context, t *db.Tx, id string, limit int) ([]*Contact, error) {
	return db.All(ctx, t, scanContact, `
		SELECT `+contactColumns+`
		FROM contact
		WHERE id > $1
		ORDER BY id
		LIMIT $2`, id, limit)
}

func addImport(ctx context.Context, t *db.Tx, i Import) error {
	_, err := t.Exec(ctx, `
		INSERT INTO contact_import (id, author, name, content, columns, scope, source, created_at)
		VALUES ($1, $2, $3, $4, '', $5, $6, $7)`,
		i.ID, i.Author, i.Name, base64.StdEncoding.EncodeToString(i.content), i.Scope, i.Source, db.Micros(i.CreatedAt))
	return err
}

func importByID(ctx context.Context, t *db.Tx, person, id string) (*Import, error) {
	i := Import{ID: id}
	var content, columns string
	var created int64
	err := t.One(ctx, []any{&i.Author, &i.Name, &content, &columns, &i.Scope, &i.Source, &created}, `
		SELECT author, name, content, columns, scope, source, created_at
		FROM contact_import
		WHERE id = $1 AND author = $2`, id, person)
	if err != nil {
		return nil, err
	}
	i.CreatedAt = db.Time(created)
	if i.content, err = base64.StdEncoding.DecodeString(content); err != nil {
		return nil, err
	}
	if columns != "" {
		err = json.Unmarshal([]byte(columns), &i.columns)
	}
	return &i, err
}

func arrangeImport(ctx context.Context, t *db.Tx, id, columns string) error {
	_, err := t.Exec(ctx, `UPDATE contact_import SET columns = $2 WHERE id = $1`, id, columns)
	return err
}

func dropImport(ctx context.Context, t *db.Tx, id string) error {
	_, err := t.Exec(ctx, `DELETE FROM contact_import WHERE id = $1`, id)
	return err
}

func dropImports(ctx context.Context, t *db.Tx, before time.Time) error {
	_, err := t.Exec(ctx, `DELETE FROM contact_import WHERE created_at < $1`, db.Micros(before))
	return err
}

func establishments(ctx context.Context, t *db.Tx) ([]register.SIRET, error) {
	return db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
		var s int64
		err := r.Scan(&s)
		return register.SIRET(s), err
	}, `
		SELECT DISTINCT siret
		FROM contact
		WHERE siret <> 0
		ORDER BY siret`)
}

// moveContacts ties contacts to another establishment; without a territory
// theirs stays.
func moveContacts(ctx context.Context, t *db.Tx, from, to register.SIRET, territory string) error {
	if _, err := t.Exec(ctx, `UPDATE contact SET siret = $2 WHERE siret = $1`, int64(from), int64(to)); err != nil || territory == "" {
		return err
	}
	_, err := t.Exec(ctx, `UPDATE contact SET territory = $2 WHERE siret = $1`, int64(to), territory)
	return err
}
