package web

import (
	"errors"
	"net/http"
	"net/url"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/register"
)

// A savedSearchPage shows a search of somebody's weekly summary, with the one
// press that ends it. Opening it ends nothing.
type savedSearchPage struct {
	frame
	Crumbs  []crumb
	Heading string
	See     string
	Action  string
	Gone    bool
}

// A searchRow is a saved search of mine.
type searchRow struct{ Name, Path, End string }

// searchName tells a question in words.
func (s *site) searchName(l *locale.Language, text string) string {
	v, err := url.ParseQuery(text)
	if err != nil {
		return text
	}
	q, err := s.readNeeds(v)
	if err != nil {
		return text
	}
	name := ""
	if q.filter.Direction != "" {
		name = l.T("needs.direction." + string(q.filter.Direction))
	}
	for _, f := range s.activeNeeds(l, q) {
		if name != "" {
			name += ", "
		}
		name += f.Name
	}
	if name == "" {
		return l.T("needs.title")
	}
	return name
}

// saveSearch keeps the question of a list for the weekly summary.
func (s *site) saveSearch(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	v, err := url.ParseQuery(form.Get("question"))
	if err != nil {
		return errForm
	}
	q, err := s.readNeeds(v)
	if err != nil {
		return err
	}
	err = s.config.Needs.SaveSearch(r.Context(), by(who), q.with(func(*needQuestion) {}).values().Encode())
	if errors.Is(err, exchange.ErrMany) {
		return s.goOn(w, r, pathIn(r, "/mon-espace/annonces")+"?trop=1")
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/annonces")+"?gardee=1")
}

// ownSearches lists the searches of somebody.
func (s *site) ownSearches(r *http.Request, who *account.Signed) ([]searchRow, error) {
	list, err := s.config.Needs.Searches(r.Context(), who.Person.ID)
	if err != nil {
		return nil, err
	}
	var rows []searchRow
	for _, one := range list {
		rows = append(rows, searchRow{Name: s.searchName(s.words(r), one.Query), Path: needsPath + "?" + one.Query, End: "/recherches/" + one.Token})
	}
	return rows, nil
}

func (s *site) savedSearch(w http.ResponseWriter, r *http.Request) error {
	private(w)
	l := s.words(r)
	p := &savedSearchPage{frame: s.frame(r, needsPath, l.T("saved_search.title"))}
	p.Crumbs = []crumb{{Name: l.T("nav./annonces"), Path: needsPath}, {Name: l.T("saved_search.title")}}
	p.NoIndex, p.Path = true, needsPath
	found, err := s.config.Needs.SearchByToken(r.Context(), r.PathValue("token"))
	switch {
	case errors.Is(err, db.ErrNotFound):
		p.Gone = true
	case err != nil:
		return err
	default:
		p.Heading, p.See, p.Action = s.searchName(l, found.Query), needsPath+"?"+found.Query, "/recherches/"+found.Token
	}
	return s.show(w, http.StatusOK, "need/search", p)
}

func (s *site) endSearch(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if err := s.config.Needs.EndSearch(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	_, back := language(r)
	return s.goOn(w, r, pathIn(r, back))
}

// A callRow is an establishment to call about a need.
type callRow struct {
	Firm  firm
	Title string
	Path  string
	SIRET string
}

// toCall lists whom a facilitator calls about needs, in their territories.
func (s *site) toCall(r *http.Request, who *account.Signed) ([]callRow, error) {
	list, err := s.config.Needs.ToCall(r.Context())
	if err != nil {
		return nil, err
	}
	var rows []callRow
	for _, i := range list {
		e, err := s.config.Directory.Establishment(i.SIRET)
		if err != nil || !account.May(who.Person, account.ActFor, account.Object{Territory: e.Territory}) {
			continue
		}
		n, err := s.config.Needs.Need(r.Context(), i.Need)
		if err != nil {
			return nil, err
		}
		if n.Firm.SIRET == 0 {
			continue // whose need it is left the directory
		}
		rows = append(rows, callRow{Firm: s.firmOf(r, i.SIRET), Title: n.Title, Path: needsPath + "/" + n.ID, SIRET: i.SIRET.String()})
	}
	return rows, nil
}

// calledNeed notes that somebody was called about a need; when they are
// interested, that too.
func (s *site) calledNeed(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	siret, err := register.ParseSIRET(form.Get("siret"))
	if err != nil {
		return db.ErrNotFound
	}
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return err
	}
	if !account.May(who.Person, account.ActFor, account.Object{Territory: e.Territory}) {
		return account.ErrDenied
	}
	id := r.PathValue("id")
	actor := by(who)
	actor.Channel = account.Phone
	if err := s.config.Needs.Called(r.Context(), actor, id, siret); errors.Is(err, exchange.ErrNeedEnded) {
		return s.goOn(w, r, pathIn(r, "/animation"))
	} else if err != nil {
		return err
	}
	if form.Get("interessee") != "" {
		if _, err := s.config.Needs.Interest(r.Context(), exchange.Answer{Need: id, SIRET: siret, By: actor}); err != nil && !errors.Is(err, exchange.ErrNeedEnded) {
			return err
		}
	}
	return s.goOn(w, r, pathIn(r, "/animation"))
}
