package web

import (
	"errors"
	"net/http"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/register"
)

// An activityPage lets somebody say what they do without a SIRET.
type activityPage struct {
	frame
	Crumbs  []crumb
	Inputs  []input
	Trade   input
	Words   input
	Faults  []input
	Trades  []string // suggestions
	Missing bool     // their own telephone is not known
}

// An activityRow is an activity without a SIRET, as its person or a facilitator
// sees it.
type activityRow struct {
	ID, Name, Place, Trade, Words string
	SIRET                         string // as people read it, empty when it is not known
	Known                         bool   // the directory has it
	Claim                         string // where it is claimed
	Who, Mail, Phone, Since       string
}

func (s *site) activityRow(l *locale.Language, v *account.Activity) activityRow {
	c, _ := s.config.Places.Commune(v.Commune)
	row := activityRow{ID: v.ID, Name: v.Name, Place: c.Name, Words: v.Words, Since: l.Moment(v.CreatedAt)}
	if t, ok := s.config.Trades.Trade(v.Trade); ok {
		row.Trade = nameOfTrade(l, t)
	}
	if v.SIRET != 0 {
		row.SIRET, row.Claim = spaced(v.SIRET.String()), "/mon-espace/revendiquer/"+v.SIRET.String()
		_, err := s.config.Directory.Establishment(v.SIRET)
		row.Known = err == nil
	}
	return row
}

func (s *site) activityForm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	return s.showActivity(w, r, who, http.StatusOK, account.Activity{}, "", "", "", "")
}

func (s *site) showActivity(w http.ResponseWriter, r *http.Request, who *account.Signed, status int, v account.Activity, commune, trade, field, fault string) error {
	l := s.words(r)
	p := &activityPage{frame: s.frame(r, "/mon-espace", l.T("activity.title")), Missing: who.Person.Phone == ""}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("activity.title")}}
	p.Path, p.NoIndex = "/mon-espace/sans-siret", true
	p.Inputs = []input{
		{Name: "nom", Label: l.T("activity.name"), Hint: l.T("activity.name_hint"), Value: v.Name, Autocomplete: "organization"},
		{Name: "commune", Label: l.T("activity.commune"), Hint: l.T("activity.commune_hint"), Value: commune, Autocomplete: "address-level2"},
	}
	p.Trade = input{Name: "metier", Label: l.T("activity.trade"), Value: trade, Free: true, List: "metiers"}
	p.Words = input{Name: "mots", Label: l.T("activity.words"), Hint: l.T("activity.words_hint"), Value: v.Words, Free: true, Rows: 3}
	for _, t := range s.config.Trades.Trades() {
		p.Trades = append(p.Trades, nameOfTrade(l, t))
	}
	for i := range p.Inputs {
		if field != "" && p.Inputs[i].Name == field {
			p.Inputs[i].Error = fault
			p.Faults, p.Title = append(p.Faults, p.Inputs[i]), l.T("form.error_title", "title", p.Title)
		}
	}
	return s.show(w, status, "account/activity", p)
}

func (s *site) sayActivity(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	typed, trade := cut(one(form, "commune"), 100), cut(one(form, "metier"), 100)
	v := account.Activity{Person: who.Person.ID, Name: cut(one(form, "nom"), 200), Words: cut(one(form, "mots"), 500)}
	if found := s.config.Places.Find(typed, 1); typed != "" && len(found) > 0 {
		v.Commune, v.Territory = found[0].Code, found[0].Territory
	}
	for _, t := range s.config.Trades.Trades() {
		if strings.EqualFold(trade, t.Name) || strings.EqualFold(trade, t.NameEN) {
			v.Trade = t.Slug
		}
	}
	if trade != "" && v.Trade == "" { // said in other words: kept in theirs
		v.Words = strings.TrimSpace(trade + "\n" + v.Words)
	}
	_, err = s.config.Accounts.SayActivity(r.Context(), by(who), v)
	for kind, at := range map[error][2]string{account.ErrNoName: {"nom", "activity.fault.name"}, account.ErrNoPlace: {"commune", "activity.fault.commune"}, account.ErrMany: {"nom", "activity.fault.many"}} {
		if errors.Is(err, kind) {
			v.Words = cut(one(form, "mots"), 500)
			return s.showActivity(w, r, who, http.StatusUnprocessableEntity, v, typed, trade, at[0], l.T(at[1]))
		}
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace")+"#sans-siret")
}

// ownActivity returns the activity of a request, when it is of who asks.
func (s *site) ownActivity(r *http.Request, who *account.Signed) (*account.Activity, error) {
	v, err := s.config.Accounts.Activity(r.Context(), r.PathValue("id"))
	if err == nil && v.Person != who.Person.ID {
		return nil, db.ErrNotFound
	}
	return v, err
}

// A tiePage asks for the SIRET of an activity.
type tiePage struct {
	frame
	Crumbs []crumb
	Row    activityRow
	Action string
	SIRET  input
}

func (s *site) tieForm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v, err := s.ownActivity(r, who)
	if err != nil {
		return err
	}
	return s.showTie(w, r, http.StatusOK, v, "", "")
}

func (s *site) showTie(w http.ResponseWriter, r *http.Request, status int, v *account.Activity, typed, fault string) error {
	l := s.words(r)
	p := &tiePage{frame: s.frame(r, "/mon-espace", l.T("activity.tie_title")), Row: s.activityRow(l, v), Action: "/mon-espace/sans-siret/" + v.ID}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: v.Name}}
	p.Path, p.NoIndex = p.Action, true
	p.SIRET = input{Name: "siret", Label: "SIRET", Hint: l.T("activity.siret_hint"), Value: typed, Error: fault}
	if fault != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "account/activity-tie", p)
}

// tieActivity takes a SIRET for an activity. One that the directory has is
// claimed next; another is kept until it has.
func (s *site) tieActivity(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v, err := s.ownActivity(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	typed := cut(one(form, "siret"), 40)
	siret, err := register.ParseSIRET(strings.Join(strings.Fields(typed), ""))
	if err != nil {
		return s.showTie(w, r, http.StatusUnprocessableEntity, v, typed, s.words(r).T("activity.fault.siret"))
	}
	if err := s.config.Accounts.TieActivity(r.Context(), by(who), v.ID, siret); err != nil {
		return err
	}
	if _, err := s.config.Directory.Establishment(siret); err == nil {
		return s.goOn(w, r, pathIn(r, "/mon-espace/revendiquer/"+siret.String()))
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/sans-siret/"+v.ID))
}

func (s *site) removeActivity(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v, err := s.ownActivity(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Accounts.RemoveActivity(r.Context(), by(who), v.ID); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace"))
}

// activitiesToReach are those of a facilitator's territories whose people
// nobody has talked with.
func (s *site) activitiesToReach(r *http.Request, who *account.Signed) ([]activityRow, error) {
	list, err := s.config.Accounts.WaitingActivities(r.Context())
	if err != nil {
		return nil, err
	}
	var rows []activityRow
	for _, v := range list {
		if !account.May(who.Person, account.ActFor, account.Object{Territory: v.Territory}) {
			continue
		}
		row := s.activityRow(s.words(r), v)
		person, err := s.config.Accounts.Person(r.Context(), v.Person)
		if errors.Is(err, db.ErrNotFound) {
			continue // erased in between
		}
		if err != nil {
			return nil, err
		}
		row.Who, row.Mail, row.Phone = person.Name(), person.Mail, person.Phone
		rows = append(rows, row)
	}
	return rows, nil
}

// reachActivity notes that a facilitator has talked with somebody.
func (s *site) reachActivity(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v, err := s.config.Accounts.Activity(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if !account.May(who.Person, account.ActFor, account.Object{Territory: v.Territory}) {
		return account.ErrDenied
	}
	if err := s.config.Accounts.ReachActivity(r.Context(), by(who), v.ID); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation"))
}
