package web

import (
	"errors"
	"net/http"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// contactsShown is how many contacts a page shows; the export has them all.
const contactsShown = 100

// A contactsPage lists the people that a facilitator knows.
type contactsPage struct {
	frame
	Crumbs []crumb
	Words  string
	Rows   []contactRow
	N      int
	More   int // not shown
	Done   string
}

// A contactRow is a contact in a list.
type contactRow struct {
	Name, Role, Firm, Mail, Phone, Path string
	FirmPath                            string // empty without an establishment
	Member, Refused                     bool
}

func (s *site) contacts(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	p := &contactsPage{frame: s.frame(r, "/mon-espace", l.T("contacts.title")), Words: cut(strings.TrimSpace(r.URL.Query().Get("q")), 100)}
	p.Crumbs, p.NoIndex = s.deskCrumbs(l, crumb{Name: l.T("contacts.title")}), true
	list, err := s.config.Contacts.Contacts(r.Context(), who.Person, p.Words)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("fait") {
		p.Done = l.T("contacts.done")
	}
	p.N, p.More = len(list), max(len(list)-contactsShown, 0)
	for _, c := range list[:len(list)-p.More] {
		p.Rows = append(p.Rows, s.contactRow(r, c))
	}
	return s.show(w, http.StatusOK, "facilitation/contacts", p)
}

func (s *site) contactRow(r *http.Request, c *contact.Contact) contactRow {
	row := contactRow{Name: c.Name(), Role: c.Role, Firm: c.Firm, Mail: c.Mail, Phone: c.Phone, Path: "/animation/contacts/" + c.ID, Member: c.Member, Refused: c.Consent == contact.Refused}
	if c.SIRET != 0 {
		f := s.firmOf(r, c.SIRET)
		row.Firm = f.Name
		if !f.Gone {
			row.FirmPath = f.Path
		}
	}
	return row
}

// deskCrumbs is the way to a page of the desk.
func (s *site) deskCrumbs(l *locale.Language, rest ...crumb) []crumb {
	return append([]crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("desk.title"), Path: "/animation"}}, rest...)
}

// contactsFile gives the contacts away as a file.
func (s *site) contactsFile(contentType, extension string, write func(http.ResponseWriter, sheet.Table) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
		l := s.words(r)
		list, err := s.config.Contacts.Contacts(r.Context(), who.Person, r.URL.Query().Get("q"))
		if err != nil {
			return err
		}
		t := sheet.Table{Title: l.T("contacts.title")}
		for _, f := range []contact.Field{contact.FieldSIRET, contact.FieldFirm, contact.FieldCommune, contact.FieldFirstName, contact.FieldLastName, contact.FieldRole, contact.FieldMail, contact.FieldPhone, contact.FieldConsent, contact.FieldConsentDay, contact.FieldConsentWords, contact.FieldConsentWay, contact.FieldSource, contact.FieldSince, contact.FieldNote} {
			t.Head = append(t.Head, l.T("contacts.field."+string(f)))
		}
		t.Rows = func(yield func([]sheet.Cell) bool) {
			for _, c := range list {
				var siret any
				if c.SIRET != 0 {
					siret = c.SIRET.String()
				}
				row := []sheet.Cell{siret, c.Firm, c.Commune, c.GivenName, c.FamilyName, c.Role, c.Mail, c.Phone, consentText(l, c.Consent)}
				a := c.Answered()
				row = append(row, string(a.Day), a.Words, wayText(l, a.Way))
				o := contact.Origin{}
				if len(c.Origins) > 0 {
					o = c.Origins[0]
				}
				if !yield(append(row, o.Source, string(o.Since), o.Note)) {
					return
				}
			}
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="contacts-`+s.today()+extension+`"`)
		return write(w, t)
	}
}

func (s *site) today() string { return s.config.Clock.Now().In(clock.Paris).Format("2006-01-02") }

// A contactPage shows a contact and lets it be changed.
type contactPage struct {
	frame
	Crumbs  []crumb
	New     bool
	Action  string
	Row     contactRow
	Origins []string
	Answers []string // whether we may write, each time they were asked
	Inputs  []input
	Consent []input
	Scope   input
	Note    input
	Faults  []input
	Said    string // what is known of the firm, or is in doubt
}

// A contactForm is what was typed of a contact.
type contactForm struct {
	contact contact.Contact
	origin  contact.Origin
	siret   string
	answer  contact.Answer
}

func (s *site) newContact(w http.ResponseWriter, r *http.Request, _ *account.Signed) error {
	return s.showContact(w, r, http.StatusOK, contactForm{}, nil, nil)
}

func (s *site) contact(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.config.Contacts.Contact(r.Context(), who.Person, r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.showContact(w, r, http.StatusOK, formOfContact(c, who.Person), c, nil)
}

// formOfContact fills the form with a contact, and the origin that is who's
// own.
func formOfContact(c *contact.Contact, who *account.Person) contactForm {
	f := contactForm{contact: *c, answer: c.Answered()}
	if c.SIRET != 0 {
		f.siret = c.SIRET.String()
	}
	for _, o := range c.Origins {
		if o.Author == who.ID {
			f.origin = o
		}
	}
	return f
}

func (s *site) showContact(w http.ResponseWriter, r *http.Request, status int, f contactForm, c *contact.Contact, faults map[string]string) error {
	l := s.words(r)
	p := &contactPage{frame: s.frame(r, "/mon-espace", l.T("contacts.new")), New: c == nil, Action: "/animation/contacts"}
	if c != nil {
		p.Title, p.Action, p.Row = c.Name(), "/animation/contacts/"+c.ID, s.contactRow(r, c)
		for _, o := range c.Origins {
			p.Origins = append(p.Origins, s.originLine(r, l, o))
		}
		for _, a := range c.Answers {
			p.Answers = append(p.Answers, s.answerLine(r, l, a))
		}
	}
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("contacts.title"), Path: "/animation/contacts"}, crumb{Name: p.Title})
	p.Path, p.NoIndex = p.Action, true
	k := &f.contact
	field := func(f contact.Field, value, kind string) {
		i := input{Name: string(f), Label: l.T("contacts.field." + string(f)), Value: value, Type: kind, Free: true, Error: faults[string(f)]}
		if l.Has("contacts.hint." + string(f)) {
			i.Hint = l.T("contacts.hint." + string(f))
		}
		p.Inputs = append(p.Inputs, i)
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
		}
	}
	field(contact.FieldFirstName, k.GivenName, "")
	field(contact.FieldLastName, k.FamilyName, "")
	field(contact.FieldRole, k.Role, "")
	field(contact.FieldMail, k.Mail, "email")
	field(contact.FieldPhone, k.Phone, "tel")
	field(contact.FieldSIRET, f.siret, "")
	field(contact.FieldFirm, k.Firm, "")
	field(contact.FieldCommune, k.Commune, "")
	field(contact.FieldSource, f.origin.Source, "")
	p.Consent, p.Scope = consentInputs(l, f.answer, faults), s.scopeChoice(l, f.origin.Scope)
	for _, i := range p.Consent {
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
		}
	}
	p.Note = input{Name: "note", Label: l.T("contacts.field.note"), Value: f.origin.Note, Rows: 3, Free: true}
	if len(p.Faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "facilitation/contact", p)
}

func (s *site) scopeChoice(l *locale.Language, scope account.Scope) input {
	i := input{Name: "scope", Label: l.T("contacts.scope"), Hint: l.T("contacts.scope_hint")}
	for _, of := range []account.Scope{account.Both, account.OneHouse, account.OnlyMine} {
		name := string(of)
		if of == account.Both {
			name = "both"
		}
		i.Options = append(i.Options, option{Value: name, Name: l.T("contacts.scopes." + name), Chosen: scope == of})
	}
	return i
}

// scopeOf reads a scope that was chosen.
func scopeOf(s string) account.Scope {
	if of := account.Scope(s); of == account.OneHouse || of == account.OnlyMine {
		return of
	}
	return account.Both
}

// originLine tells where a facilitator has a contact from.
func (s *site) originLine(r *http.Request, l *locale.Language, o contact.Origin) string {
	who := l.T("contacts.somebody")
	if p, err := s.config.Accounts.Person(r.Context(), o.Author); err == nil {
		who = p.Name()
	}
	if o.Institution != "" {
		who += " (" + l.T("institution."+string(o.Institution)) + ")"
	}
	parts := []string{who}
	for _, text := range []string{o.Source, string(o.Since), o.Note} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " · ")
}

func (s *site) saveContact(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	var old *contact.Contact
	if id := r.PathValue("id"); id != "" {
		var err error
		if old, err = s.config.Contacts.Contact(r.Context(), who.Person, id); err != nil {
			return err
		}
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	get := func(f contact.Field) string { return cut(one(form, string(f)), 200) }
	f := contactForm{siret: get(contact.FieldSIRET), origin: contact.Origin{Source: get(contact.FieldSource), Scope: scopeOf(form.Get("scope")), Note: cut(one(form, "note"), 2000)}}
	f.contact = contact.Contact{
		GivenName: get(contact.FieldFirstName), FamilyName: get(contact.FieldLastName), Role: get(contact.FieldRole), Firm: get(contact.FieldFirm),
		Commune: get(contact.FieldCommune), Mail: get(contact.FieldMail), Phone: get(contact.FieldPhone),
	}
	if old != nil {
		f.contact.ID = old.ID
	}
	faults := make(map[string]string)
	f.answer = s.answerOf(l, form, old, faults)
	f.contact.Answers = []contact.Answer{f.answer}
	if m, err := account.ParseMail(f.contact.Mail); f.contact.Mail != "" && err != nil {
		faults["mail"] = l.T(mailFault(f.contact.Mail))
	} else if err == nil {
		f.contact.Mail = m.String()
	}
	if n, err := account.ParsePhone(f.contact.Phone); f.contact.Phone != "" && !strings.Contains(f.contact.Phone, " / ") && err != nil {
		faults["phone"] = l.T("profile.fault.phone")
	} else if err == nil {
		f.contact.Phone = n
	}
	if f.siret != "" {
		if f.contact.SIRET, err = register.ParseSIRET(strings.Join(strings.Fields(f.siret), "")); err != nil {
			faults["siret"] = l.T("contacts.error.siret")
		}
	}
	if len(faults) > 0 {
		return s.showContact(w, r, http.StatusUnprocessableEntity, f, old, faults)
	}
	s.config.Contacts.Place(&f.contact, who.Person)
	_, err = s.config.Contacts.Save(r.Context(), by(who), who.Person, f.contact, f.origin)
	switch {
	case errors.Is(err, contact.ErrNobody):
		return s.showContact(w, r, http.StatusUnprocessableEntity, f, old, map[string]string{"mail": l.T("contacts.error.nobody")})
	case errors.Is(err, contact.ErrObjected):
		return s.showContact(w, r, http.StatusUnprocessableEntity, f, old, map[string]string{"mail": l.T("contacts.error.objected")})
	case err != nil:
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation/contacts")+"?fait=1")
}

// forgetContact forgets a contact, for good when they asked for it.
func (s *site) forgetContact(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.config.Contacts.Contact(r.Context(), who.Person, r.PathValue("id"))
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	if form.Get("objection") != "" {
		err = s.config.Contacts.Objects(r.Context(), by(who), c)
	} else {
		err = s.config.Contacts.Remove(r.Context(), by(who), c.ID)
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation/contacts")+"?fait=1")
}

// An objectionPage lets a contact ask not to be kept, by the link of a mail.
type objectionPage struct {
	frame
	Crumbs []crumb
	Gone   bool
	Mail   string
	Action string
}

func (s *site) objectionForm(w http.ResponseWriter, r *http.Request) error {
	private(w)
	l := s.words(r)
	p := &objectionPage{frame: s.frame(r, "", l.T("objection.title")), Crumbs: []crumb{{Name: l.T("objection.title")}}, Action: r.URL.Path}
	p.Path, p.NoIndex = "/", true
	c, err := s.config.Contacts.ByToken(r.Context(), r.PathValue("token"))
	switch {
	case errors.Is(err, db.ErrNotFound):
		p.Gone = true // used already, or never was: nobody is kept by it
	case err != nil:
		return err
	default:
		p.Mail = c.Mail
	}
	return s.show(w, http.StatusOK, "account/objection", p)
}

func (s *site) object(w http.ResponseWriter, r *http.Request) error {
	private(w)
	c, err := s.config.Contacts.ByToken(r.Context(), r.PathValue("token"))
	if err == nil {
		err = s.config.Contacts.Objects(r.Context(), account.Actor{Who: c.ID, Channel: account.Link}, c)
	}
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	return s.goOn(w, r, r.URL.Path)
}
