package web

import (
	"errors"
	"net/http"
	"net/url"

	"passerelle/internal/account"
	"passerelle/internal/exchange"
	"passerelle/internal/register"
)

// needActor is who answers a need on a page, and for which establishment.
type needActor struct {
	by     account.Actor
	reader string // whose link it is, of who has no account
	siret  register.SIRET
	form   url.Values
}

// answering reads who answers: one of an establishment's people, or a
// facilitator for it.
func (s *site) answering(w http.ResponseWriter, r *http.Request, who *account.Signed) (needActor, error) {
	form, err := formOf(w, r)
	if err != nil {
		return needActor{}, err
	}
	a := needActor{by: by(who), form: form}
	if a.siret, err = register.ParseSIRET(form.Get("siret")); err != nil && len(who.Person.Memberships) == 1 {
		a.siret = who.Person.Memberships[0]
	}
	o := account.Object{SIRET: a.siret}
	if e, err := s.config.Directory.Establishment(a.siret); err == nil {
		o.Territory = e.Territory
	}
	n, err := s.config.Needs.Need(r.Context(), r.PathValue("id"))
	if err != nil {
		return a, err
	}
	if sees, err := s.config.Needs.MaySee(r.Context(), who.Person, a.siret, n); err != nil || !sees || !account.May(who.Person, account.AnswerNeed, o) {
		return a, errors.Join(err, account.ErrDenied)
	}
	if !member(who, a.siret) {
		a.by.Channel = account.Phone
	}
	return a, nil
}

func (s *site) interested(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	a, err := s.answering(w, r, who)
	if err != nil {
		return err
	}
	return s.sayInterest(w, r, who.Person, 0, a, needsPath+"/"+r.PathValue("id"))
}

func (s *site) askNeed(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	a, err := s.answering(w, r, who)
	if err != nil {
		return err
	}
	return s.sayQuestion(w, r, who.Person, 0, a, needsPath+"/"+r.PathValue("id"))
}

// leaveNeed takes an interest back.
func (s *site) leaveNeed(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	if _, err := formOf(w, r); err != nil {
		return err
	}
	n, err := s.config.Needs.Need(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	seen := false
	for _, siret := range who.Person.Memberships {
		sees, err := s.config.Needs.MaySee(r.Context(), who.Person, siret, n)
		if err != nil {
			return err
		}
		if seen = seen || sees; !sees {
			continue
		}
		if err := s.config.Needs.Withdraw(r.Context(), exchange.Answer{Need: n.ID, SIRET: siret, By: by(who)}); err != nil {
			return err
		}
	}
	if !seen {
		return account.ErrDenied
	}
	return s.goOn(w, r, pathIn(r, needsPath+"/"+r.PathValue("id")))
}

// sayInterest keeps an interest and goes back to the page it came from.
func (s *site) sayInterest(w http.ResponseWriter, r *http.Request, who *account.Person, byLink register.SIRET, a needActor, back string) error {
	_, err := s.config.Needs.Interest(r.Context(), exchange.Answer{Need: r.PathValue("id"), SIRET: a.siret, Words: one(a.form, "message"), By: a.by, Reader: a.reader})
	return s.afterAnswer(w, r, who, byLink, err, "message", back, "interet")
}

// sayQuestion keeps a question and goes back.
func (s *site) sayQuestion(w http.ResponseWriter, r *http.Request, who *account.Person, byLink register.SIRET, a needActor, back string) error {
	err := s.config.Needs.Ask(r.Context(), exchange.Answer{Need: r.PathValue("id"), SIRET: a.siret, Words: one(a.form, "question"), By: a.by})
	return s.afterAnswer(w, r, who, byLink, err, "question", back, "question")
}

// afterAnswer tells what became of an answer.
func (s *site) afterAnswer(w http.ResponseWriter, r *http.Request, who *account.Person, byLink register.SIRET, err error, field, back, said string) error {
	l := s.words(r)
	switch {
	case errors.Is(err, exchange.ErrWords):
		return s.showNeed(w, r, http.StatusUnprocessableEntity, who, byLink, map[string]string{field: l.T("need.error.words")})
	case errors.Is(err, exchange.ErrMany):
		return s.showNeed(w, r, http.StatusConflict, who, byLink, map[string]string{field: l.T("need.error.questions")})
	case errors.Is(err, exchange.ErrOwnNeed):
		return s.showNeed(w, r, http.StatusConflict, who, byLink, map[string]string{field: l.T("need.error.own")})
	case errors.Is(err, exchange.ErrNeedEnded):
		return s.goOn(w, r, pathIn(r, back)) // where the page says that it is over
	case err != nil:
		return err
	}
	return s.goOn(w, r, pathIn(r, back)+"?fait="+said)
}

// needBearer returns who the link of a mail was made for.
func (s *site) needBearer(r *http.Request) (needActor, error) {
	person, siret, err := s.config.Needs.Bearer(r.Context(), r.PathValue("id"), r.PathValue("token"))
	a := needActor{by: account.Actor{Who: person, Channel: account.Link}, siret: siret}
	if _, contact := exchange.ContactID(person); contact {
		a.by.Who, a.reader = "", person
	}
	return a, err
}

// needByLink shows a need to who comes by the link of a mail, without signing
// in. Opening it answers nothing.
func (s *site) needByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	a, err := s.needBearer(r)
	if err != nil {
		return err
	}
	return s.showNeed(w, r, http.StatusOK, nil, a.siret, nil)
}

// answerNeedByLink is what its buttons do.
func (s *site) answerNeedByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	a, err := s.needBearer(r)
	if err != nil {
		return err
	}
	if a.form, err = formOf(w, r); err != nil {
		return err
	}
	_, back := language(r)
	switch {
	case a.form.Has("question"):
		return s.sayQuestion(w, r, nil, a.siret, a, back)
	case a.form.Has("retrait"):
		if err := s.config.Needs.Withdraw(r.Context(), exchange.Answer{Need: r.PathValue("id"), SIRET: a.siret, By: a.by}); err != nil {
			return err
		}
		return s.goOn(w, r, pathIn(r, back))
	}
	return s.sayInterest(w, r, nil, a.siret, a, back)
}

// onNeed does an act of its author and goes back to the page.
func (s *site) onNeed(said string, do func(r *http.Request, who *account.Signed, n exchange.FoundNeed, form url.Values) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
		n, err := s.ownNeed(r, who)
		if err != nil {
			return err
		}
		form, err := formOf(w, r)
		if err != nil {
			return err
		}
		back := pathIn(r, needsPath+"/"+n.ID)
		if err := do(r, who, n, form); errors.Is(err, exchange.ErrNeedEnded) {
			return s.goOn(w, r, back)
		} else if err != nil {
			return err
		}
		if said != "" {
			back += "?fait=" + said
		}
		return s.goOn(w, r, back)
	}
}

func (s *site) closeNeed(r *http.Request, who *account.Signed, n exchange.FoundNeed, form url.Values) error {
	state := exchange.NeedClosed
	if form.Get("etat") == exchange.NeedMet {
		state = exchange.NeedMet
	}
	return s.config.Needs.Close(r.Context(), by(who), n.ID, state)
}

func (s *site) chooseAnswer(r *http.Request, who *account.Signed, n exchange.FoundNeed, form url.Values) error {
	return s.config.Needs.Choose(r.Context(), by(who), n.ID, form.Get("interet"))
}

func (s *site) sayOutcome(r *http.Request, who *account.Signed, n exchange.FoundNeed, form url.Values) error {
	return s.config.Needs.Outcome(r.Context(), by(who), n.ID, form.Get("suite"))
}

// answerQuestion answers one of the questions about a need.
func (s *site) answerQuestion(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	n, err := s.ownNeed(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	field := "reponse-" + form.Get("id")
	err = s.config.Needs.AnswerQuestion(r.Context(), by(who), n.ID, form.Get("id"), form.Get(field))
	if errors.Is(err, exchange.ErrWords) {
		return s.showNeed(w, r, http.StatusUnprocessableEntity, who.Person, 0, map[string]string{field: s.words(r).T("need.error.words")})
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, needsPath+"/"+n.ID)+"?fait=reponse")
}

// A needOutcomePage asks what came of a need, by the link of a mail.
type needOutcomePage struct {
	frame
	Crumbs  []crumb
	Heading string
	Outcome string // when it is known
	Action  string
}

// outcomeForm asks it. Opening the page says nothing.
func (s *site) outcomeForm(w http.ResponseWriter, r *http.Request) error {
	private(w)
	if _, err := s.needBearer(r); err != nil {
		return err
	}
	n, err := s.config.Needs.Need(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	l := s.words(r)
	_, path := language(r)
	p := &needOutcomePage{frame: s.frame(r, needsPath, l.T("need_outcome.title")), Heading: n.Title, Outcome: n.Outcome, Action: path}
	p.Crumbs, p.NoIndex, p.Path = []crumb{{Name: l.T("nav./annonces"), Path: needsPath}, {Name: l.T("need_outcome.title")}}, true, needsPath
	return s.show(w, http.StatusOK, "need/outcome", p)
}

func (s *site) outcomeByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	a, err := s.needBearer(r)
	if err != nil {
		return err
	}
	n, err := s.config.Needs.Need(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if n.SIRET != a.siret {
		return account.ErrDenied
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	if err := s.config.Needs.Outcome(r.Context(), a.by, n.ID, form.Get("suite")); err != nil {
		return err
	}
	_, back := language(r)
	return s.goOn(w, r, pathIn(r, back))
}

// moderated returns the need of a request, when who asks may decide it.
func (s *site) moderated(r *http.Request, who *account.Signed) (exchange.FoundNeed, error) {
	n, err := s.config.Needs.Need(r.Context(), r.PathValue("id"))
	if err == nil && !account.May(who.Person, account.ModerateNeeds, n.Object()) {
		return n, account.ErrDenied
	}
	return n, err
}

func (s *site) releaseNeed(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	n, err := s.moderated(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Needs.Release(r.Context(), by(who), n.ID); err != nil && !errors.Is(err, exchange.ErrNeedEnded) {
		return err
	}
	return s.goOn(w, r, pathIn(r, needsPath+"/"+n.ID))
}

func (s *site) refuseNeed(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	n, err := s.moderated(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	err = s.config.Needs.RefuseNeed(r.Context(), by(who), n.ID, form.Get("motif"))
	if errors.Is(err, exchange.ErrWords) {
		return s.showNeed(w, r, http.StatusUnprocessableEntity, who.Person, 0, map[string]string{"motif": s.words(r).T("desk.no_reason")})
	}
	if err != nil && !errors.Is(err, exchange.ErrNeedEnded) {
		return err
	}
	return s.goOn(w, r, pathIn(r, needsPath+"/"+n.ID))
}
