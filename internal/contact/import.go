package contact

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/fold"
)

// An Import is a file that waits to be looked at. It changes nothing before
// Apply.
type Import struct {
	ID        string
	Author    string // id of a person
	Name      string // of the file
	Scope     account.Scope
	Source    string // for lines that tell none
	CreatedAt time.Time
	content   []byte
	columns   map[Field]int // those that the facilitator chose
}

// A State is what an import does with a row.
type State string

// The states.
const (
	New       State = "new"
	Changed   State = "changed" // a contact that is there learns something
	Same      State = "same"
	Again     State = "again"     // the file had this person in an earlier row, which learns from it
	Objected  State = "objected"  // they asked not to be kept
	Unreached State = "unreached" // no address, no number, and not by name at a firm: nobody could be reached
)

// A Line is what an import does with a row, and what is worth a look.
type Line struct {
	Row      Row
	Problems []Problem
	Match    Match
	State    State
	Fields   []string // what a contact that is there learns
}

// A Plan is what an import would do, row by row.
type Plan struct {
	File  *File
	Lines []Line
	Count map[State]int
	Doubt int // matches that somebody should look at
	Alone int // rows without an establishment
}

// Upload keeps a file to be looked at. It returns an *Error for one that is no
// table of people.
func (cs *Contacts) Upload(ctx context.Context, by account.Actor, name string, content []byte, scope account.Scope, source string) (string, error) {
	if _, err := Open(strings.NewReader(string(content)), name); err != nil {
		return "", err
	}
	now := cs.Clock.Now()
	i := Import{ID: db.NewID(now), Author: by.Who, Name: name, Scope: scope, Source: source, CreatedAt: now, content: content}
	err := cs.DB.Write(ctx, func(t *db.Tx) error { return addImport(ctx, t, i) })
	if err != nil {
		return "", fmt.Errorf("upload contacts: %w", err)
	}
	return i.ID, nil
}

// Import returns a file that a person uploaded, or db.ErrNotFound.
func (cs *Contacts) Import(ctx context.Context, person, id string) (*Import, error) {
	var i *Import
	err := cs.DB.Read(ctx, func(t *db.Tx) (err error) {
		i, err = importByID(ctx, t, person, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return i, nil
}

// Arrange says what the columns of a file hold, where the guess was wrong.
func (cs *Contacts) Arrange(ctx context.Context, i *Import, columns map[Field]int) error {
	text, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	if err := cs.DB.Write(ctx, func(t *db.Tx) error { return arrangeImport(ctx, t, i.ID, string(text)) }); err != nil {
		return fmt.Errorf("arrange import: %w", err)
	}
	i.columns = columns
	return nil
}

// Drop forgets a file.
func (cs *Contacts) Drop(ctx context.Context, i *Import) error {
	if err := cs.DB.Write(ctx, func(t *db.Tx) error { return dropImport(ctx, t, i.ID) }); err != nil {
		return fmt.Errorf("drop import: %w", err)
	}
	return nil
}

// Preview tells what an import would do.
func (cs *Contacts) Preview(ctx context.Context, who *account.Person, i *Import) (*Plan, error) {
	read, err := cs.read(i)
	if err != nil {
		return nil, err
	}
	var p *Plan
	err = cs.DB.Read(ctx, func(t *db.Tx) (err error) {
		p, _, err = cs.plan(ctx, t, who, i, read)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("preview import: %w", err)
	}
	return p, nil
}

// Apply does what Preview told, against the contacts of this moment, and
// forgets the file. Done twice, the second is db.ErrNotFound.
func (cs *Contacts) Apply(ctx context.Context, by account.Actor, who *account.Person, i *Import) (*Plan, error) {
	read, err := cs.read(i)
	if err != nil {
		return nil, err
	}
	var p *Plan
	err = cs.DB.Write(ctx, func(t *db.Tx) error {
		if _, err := importByID(ctx, t, i.Author, i.ID); err != nil {
			return err
		}
		var changed []*Contact
		if p, changed, err = cs.plan(ctx, t, who, i, read); err != nil {
			return err
		}
		for _, c := range changed {
			if err := writeContact(ctx, t, c); err != nil {
				return err
			}
		}
		if err := dropImport(ctx, t, i.ID); err != nil {
			return err
		}
		return account.Record(ctx, t, cs.Clock.Now(), account.Entry{Act: "contact.import", Kind: "contact_import", Object: i.ID, By: by})
	})
	if err != nil {
		return nil, fmt.Errorf("apply import: %w", err)
	}
	return p, nil
}

// A readFile is a file with its rows read and matched: what asks no database.
type readFile struct {
	file  *File
	lines []Line
}

func (cs *Contacts) read(i *Import) (*readFile, error) {
	f, err := Open(strings.NewReader(string(i.content)), i.Name)
	if err != nil {
		return nil, err
	}
	f.Today = clock.Day(cs.Clock.Now().In(clock.Paris).Format(time.DateOnly))
	if i.columns != nil {
		f.Columns = maps.Clone(i.columns)
	}
	r := &readFile{file: f, lines: make([]Line, len(f.Rows))}
	for n := range f.Rows {
		l := &r.lines[n]
		l.Row, l.Problems = f.Row(n)
		l.Match = cs.match(&l.Row)
	}
	return r, nil
}

// plan says what becomes of each row, and returns the contacts that are new or
// have changed.
func (cs *Contacts) plan(ctx context.Context, t *db.Tx, who *account.Person, i *Import, read *readFile) (*Plan, []*Contact, error) {
	known, err := cs.known(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	now := cs.Clock.Now()
	p := &Plan{File: read.file, Lines: append([]Line(nil), read.lines...), Count: make(map[State]int)}
	told := make([]*Contact, len(p.Lines))
	var digests []string
	for n := range p.Lines {
		told[n] = cs.contactOf(&p.Lines[n], who, i, now)
		digests = append(digests, cs.digests(told[n])...)
	}
	objected, err := objectionsAmong(ctx, t, digests)
	if err != nil {
		return nil, nil, err
	}
	var changed []*Contact
	touched := make(map[*Contact]bool)
	for n := range p.Lines {
		l, fresh := &p.Lines[n], told[n]
		l.State, l.Fields = Unreached, nil
		switch old := known.find(fresh); {
		case !fresh.reached():
		case cs.asked(objected, fresh):
			l.State = Objected
		case old == nil:
			l.State = New
			known.add(fresh)
			changed, touched[fresh] = append(changed, fresh), true
		default:
			l.Fields = old.learn(fresh)
			switch {
			case touched[old]:
				l.State = Again
			case len(l.Fields) == 0:
				l.State = Same
			default:
				l.State = Changed
				changed, touched[old] = append(changed, old), true
			}
			old.ChangedAt = now
			known.add(old)
		}
		p.Count[l.State]++
		switch {
		case l.Match.SIRET == 0:
			p.Alone++
		case !l.Match.Sure:
			p.Doubt++
		}
	}
	return p, changed, nil
}

// asked reports whether a contact asked not to be kept.
func (cs *Contacts) asked(objected map[string]bool, c *Contact) bool {
	return slices.ContainsFunc(cs.digests(c), func(digest string) bool { return objected[digest] })
}

// contactOf makes the contact that a row tells of.
func (cs *Contacts) contactOf(l *Line, who *account.Person, i *Import, now time.Time) *Contact {
	r := &l.Row
	c := &Contact{
		ID: db.NewID(now), SIRET: l.Match.SIRET, Firm: r.Firm, Commune: r.Commune, Territory: l.Match.Territory, GivenName: r.FirstName, FamilyName: r.LastName,
		Role: r.Role, Mail: r.Mail, Phone: strings.Join(r.Phones, " / "), Token: db.NewToken(), CreatedAt: now, ChangedAt: now,
	}
	if !l.Match.Sure {
		c.SIRET = 0 // nobody is tied to a firm by a guess
	}
	if c.Territory == "" && len(who.Territories) > 0 {
		c.Territory = who.Territories[0] // whoever brings them looks after them
	}
	if r.Consent != nil {
		consent, way := Refused, r.Way
		if *r.Consent {
			consent = Given
		}
		if way == "" {
			way = ByFile
		}
		c.hear(answer(who, consent, r.Answered, r.Words, way, now))
	}
	o := Origin{Author: who.ID, Institution: who.Institution(), Scope: i.Scope, Source: r.Source, Since: r.Since, Note: r.Note, ChangedAt: now}
	if o.Source == "" {
		o.Source = i.Source
	}
	c.Origins = []Origin{o}
	return c
}

// learn adds what another says of the same person and returns the names of
// what changed. What is known stays, but for an answer on consent: the last is
// the one that counts, and a refusal is never undone by a file.
func (c *Contact) learn(from *Contact) []string {
	var fields []string
	fill := func(name string, to *string, s string) {
		if *to == "" && s != "" {
			*to = s
			fields = append(fields, name)
		}
	}
	if c.SIRET == 0 && from.SIRET != 0 {
		c.SIRET = from.SIRET
		fields = append(fields, "siret")
	}
	fill("firm", &c.Firm, from.Firm)
	fill("commune", &c.Commune, from.Commune)
	fill("given_name", &c.GivenName, from.GivenName)
	fill("family_name", &c.FamilyName, from.FamilyName)
	fill("role", &c.Role, from.Role)
	fill("mail", &c.Mail, from.Mail)
	for number := range strings.SplitSeq(from.Phone, " / ") {
		if number != "" && !strings.Contains(" / "+c.Phone+" / ", " / "+number+" / ") {
			c.Phone = strings.TrimPrefix(c.Phone+" / "+number, " / ")
			fields = append(fields, "phone")
		}
	}
	for _, a := range from.Answers {
		if (c.Consent != Refused || a.Consent == Refused) && !c.heard(a) {
			c.hear(a)
			fields = append(fields, "consent")
		}
	}
	return append(fields, c.learnOrigin(from.Origins[0])...)
}

// learnOrigin adds where a facilitator has somebody from, or completes it.
func (c *Contact) learnOrigin(o Origin) []string {
	for n := range c.Origins {
		old := &c.Origins[n]
		if old.Author != o.Author {
			continue
		}
		changed := old.Scope != o.Scope || o.Source != "" && o.Source != old.Source || o.Since != "" && o.Since != old.Since || o.Note != "" && !strings.Contains(old.Note, o.Note)
		if !changed {
			return nil
		}
		old.Scope, old.ChangedAt = o.Scope, o.ChangedAt
		if o.Source != "" {
			old.Source = o.Source
		}
		if o.Since != "" {
			old.Since = o.Since
		}
		if o.Note != "" && !strings.Contains(old.Note, o.Note) {
			old.Note = strings.TrimSpace(old.Note + "\n" + o.Note)
		}
		return []string{"origin"}
	}
	c.Origins = append(c.Origins, o)
	return []string{"origin"}
}

// A known finds contacts by what they are told apart by.
type known struct{ by map[string]*Contact }

func (cs *Contacts) known(ctx context.Context, t *db.Tx) (*known, error) {
	all, err := allContacts(ctx, t)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(withOrigins(ctx, t, nil, all), withAnswers(ctx, t, all)); err != nil {
		return nil, err
	}
	k := &known{by: make(map[string]*Contact, 2*len(all))}
	for _, c := range all {
		k.add(c)
	}
	return k, nil
}

// keys are what two rows must share to be about one person: the address; or,
// with a name, the firm or a number. A shared number alone is a switchboard.
func keys(c *Contact) []string {
	var out []string
	if m, err := account.ParseMail(c.Mail); err == nil {
		out = append(out, "mail "+m.Key())
	}
	name := fold.Key(c.GivenName + " " + c.FamilyName)
	if name == "" {
		name = "firm " + fold.Key(c.Firm)
	}
	if c.SIRET != 0 {
		out = append(out, "siret "+c.SIRET.String()+" "+name)
	}
	for number := range strings.SplitSeq(c.Phone, " / ") {
		if number != "" {
			out = append(out, "phone "+number+" "+name)
		}
	}
	return out
}

func (k *known) add(c *Contact) {
	for _, key := range keys(c) {
		if k.by[key] == nil {
			k.by[key] = c
		}
	}
}

// find returns the contact that another is, or nil. Two who have two addresses
// are two, whatever else they share.
func (k *known) find(c *Contact) *Contact {
	for _, key := range keys(c) {
		old := k.by[key]
		if old == nil || old.Mail != "" && c.Mail != "" && !sameMail(old.Mail, c.Mail) {
			continue
		}
		return old
	}
	return nil
}

func sameMail(a, b string) bool {
	x, errX := account.ParseMail(a)
	y, errY := account.ParseMail(b)
	return errX == nil && errY == nil && x.Key() == y.Key()
}

// Save writes a contact that a facilitator typed, new when it has no id, and
// what they answered (Answers, not Consent); the answer that is the last one is
// not written again. It returns ErrNobody and ErrObjected.
func (cs *Contacts) Save(ctx context.Context, by account.Actor, who *account.Person, c Contact, o Origin) (string, error) {
	if !c.reached() {
		return "", ErrNobody
	}
	now := cs.Clock.Now()
	o.Author, o.Institution, o.ChangedAt = who.ID, who.Institution(), now
	id := c.ID
	err := cs.DB.Write(ctx, func(t *db.Tx) error {
		objected, err := objectionsAmong(ctx, t, cs.digests(&c))
		if err != nil {
			return err
		}
		if cs.asked(objected, &c) {
			return ErrObjected
		}
		act := "contact.change"
		saved := c
		saved.Consent, saved.Answers = NotAsked, nil
		if id = c.ID; id == "" {
			id, act = db.NewID(now), "contact.add"
			saved.Token, saved.CreatedAt = db.NewToken(), now
		} else {
			old, err := contactByID(ctx, t, id)
			if err != nil {
				return err
			}
			if err := errors.Join(withOrigins(ctx, t, nil, []*Contact{old}), withAnswers(ctx, t, []*Contact{old})); err != nil {
				return err
			}
			saved.Token, saved.CreatedAt, saved.Consent, saved.Answers = old.Token, old.CreatedAt, old.Consent, old.Answers
			o.Since = cmp.Or(o.Since, old.since(who.ID))
		}
		for _, a := range c.Answers {
			if !a.same(saved.Answered()) {
				saved.hear(answer(who, a.Consent, a.Day, a.Words, a.Way, now))
			}
		}
		saved.ID, saved.ChangedAt, saved.Origins = id, now, []Origin{o}
		if err := writeContact(ctx, t, &saved); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: act, Kind: "contact", Object: id, By: by})
	})
	if err != nil {
		return "", fmt.Errorf("save contact: %w", err)
	}
	return id, nil
}

// since returns since when a facilitator has a contact.
func (c *Contact) since(author string) clock.Day {
	for _, o := range c.Origins {
		if o.Author == author {
			return o.Since
		}
	}
	return ""
}

// Place finds the establishment and the territory of a contact that was typed.
func (cs *Contacts) Place(c *Contact, who *account.Person) Match {
	m := cs.match(&Row{SIRET: c.SIRET, Firm: c.Firm, Commune: c.Commune})
	if c.Territory = m.Territory; c.Territory == "" && len(who.Territories) > 0 {
		c.Territory = who.Territories[0]
	}
	if c.SIRET == 0 && m.Sure {
		c.SIRET = m.SIRET
	}
	return m
}
