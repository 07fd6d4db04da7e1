package exchange

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/register"
)

// A reader is somebody a letter goes to.
type reader struct {
	id, mail, language string
	contact            bool // without account
}

func readers(ctx context.Context, t *db.Tx, condition string, args ...any) ([]reader, error) {
	return db.All(ctx, t, func(r *db.Row) (p reader, err error) {
		err = r.Scan(&p.id, &p.mail, &p.language)
		return p, err
	}, `
		SELECT id, mail, language
		FROM person
		WHERE `+condition+`
		ORDER BY id`, args...)
}

// membersOf returns who speaks for an establishment.
func membersOf(ctx context.Context, t *db.Tx, s register.SIRET) ([]reader, error) {
	return readers(ctx, t, `id IN (SELECT person FROM membership WHERE siret = $1)`, int64(s))
}

// readersOf returns who reads mails about an establishment: its people, else
// those whom facilitators know there and who did not say no. Of one that is not
// disclosed only who joined is written to.
func (x *Needs) readersOf(ctx context.Context, t *db.Tx, s register.SIRET) ([]reader, error) {
	list, err := Recipients(ctx, t, s)
	if err != nil {
		return nil, err
	}
	e, err := x.Directory.Establishment(s)
	hidden := err != nil || e.Mask != directory.Shown
	var out []reader
	for _, r := range list {
		if r.Member || !hidden {
			out = append(out, reader{id: r.Key, mail: r.Mail, language: r.Language, contact: !r.Member})
		}
	}
	return out, nil
}

// tellFirm writes to whoever reads mails about an establishment. The link of
// the letter is made for each of them.
func (x *Needs) tellFirm(ctx context.Context, t *db.Tx, s register.SIRET, l NeedLetter) error {
	people, err := x.readersOf(ctx, t, s)
	if err != nil {
		return err
	}
	return x.tell(ctx, t, people, s, l)
}

func (x *Needs) tell(ctx context.Context, t *db.Tx, people []reader, s register.SIRET, l NeedLetter) error {
	for _, p := range people {
		l.To, l.Person, l.Language, l.Contact = p.mail, p.id, p.language, p.contact
		l.Token = x.token(l.Need.ID, s, p.id)
		if err := x.Send(ctx, t, l); err != nil {
			return err
		}
	}
	return nil
}

// tellAuthor writes to the establishment whose need it is; where nobody speaks
// for it, to the facilitator who wrote it.
func (x *Needs) tellAuthor(ctx context.Context, t *db.Tx, l NeedLetter) error {
	people, err := membersOf(ctx, t, l.Need.SIRET)
	if err == nil && len(people) == 0 {
		people, err = readers(ctx, t, `id = $1`, l.Need.By.Who)
	}
	if err != nil {
		return err
	}
	return x.tell(ctx, t, people, l.Need.SIRET, l)
}

// tellOthers tells those who were interested that a need has ended.
func (x *Needs) tellOthers(ctx context.Context, t *db.Tx, n *Need) error {
	list, err := interestsWhere(ctx, t, `need = $1 AND state = 'open'`, n.ID)
	if err != nil {
		return err
	}
	for _, i := range list {
		if err := x.tellFirm(ctx, t, i.SIRET, NeedLetter{Kind: "need.over", Need: n, SIRET: n.SIRET}); err != nil {
			return err
		}
	}
	return nil
}

// tellFacilitators tells those of a territory that a need waits for them: all
// of them where it lies nowhere.
func (x *Needs) tellFacilitators(ctx context.Context, t *db.Tx, n *Need) error {
	people, err := readers(ctx, t, `id IN (SELECT person FROM person_role WHERE role = 'facilitator')
		AND ($1 = '' OR NOT EXISTS (SELECT 1 FROM person_territory a WHERE a.person = person.id)
			OR EXISTS (SELECT 1 FROM person_territory a WHERE a.person = person.id AND a.territory = $1))`, n.Territory)
	if err != nil {
		return err
	}
	return x.tell(ctx, t, people, n.SIRET, NeedLetter{Kind: "need.hold", Need: n})
}

// token is what the link of a mail carries: who it was made for, of which
// establishment, and a mark that nobody makes for somebody else.
func (x *Needs) token(need string, s register.SIRET, person string) string {
	return person + "." + s.String() + "." + x.mark(need, s, person)
}

func (x *Needs) mark(need string, s register.SIRET, person string) string {
	h := hmac.New(sha256.New, x.Secret)
	fmt.Fprintf(h, "need %s %s %s", need, s, person)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// Bearer returns for whom and for which establishment a link to a need was
// made, or db.ErrNotFound for one of no use: it was altered, the person speaks
// for the establishment no more, or who has no account is not written to there
// any more. A link goes on to the establishment that took over the one it was
// made for, as its people do.
func (x *Needs) Bearer(ctx context.Context, need, token string) (person string, s register.SIRET, err error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(x.Secret) == 0 {
		return "", 0, db.ErrNotFound
	}
	digits, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return "", 0, db.ErrNotFound
	}
	s = register.SIRET(digits)
	if !hmac.Equal([]byte(parts[2]), []byte(x.mark(need, s, parts[0]))) { // in constant time
		return "", 0, db.ErrNotFound
	}
	err = x.DB.Read(ctx, func(t *db.Tx) (err error) {
		if s, err = account.HeirIn(ctx, t, s); err != nil {
			return err
		}
		people, err := x.readersOf(ctx, t, s)
		if err == nil && !slices.ContainsFunc(people, func(p reader) bool { return p.id == parts[0] }) {
			err = db.ErrNotFound
		}
		return err
	})
	return parts[0], s, err
}
