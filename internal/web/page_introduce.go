package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/exchange"
	"passerelle/internal/register"
)

// An introducePage asks, for an establishment, to meet another.
type introducePage struct {
	frame
	Crumbs []crumb
	Wanted firm
	From   input // which of one's establishments asks
	Staff  bool  // a facilitator asks for one that called
	None   bool  // one speaks for no establishment
	Words  input
	Card   []input
	Origin string
	Fault  string // that no field can mend
	Faults []input
}

func (s *site) introduceForm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	v := r.URL.Query()
	wanted, err := register.ParseSIRET(v.Get("vers"))
	if err != nil {
		return errNoRoute
	}
	typed := url.Values{"de": {v.Get("de")}, "words": {cut(v.Get("raison"), 500)}, "origine": {cut(v.Get("origine"), 60)}}
	if !who.Person.Staff() {
		for name, values := range s.cardOf(who.Person) {
			typed[name] = values
		}
	}
	return s.showIntroduce(w, r, who, http.StatusOK, wanted, typed, nil)
}

func (s *site) showIntroduce(w http.ResponseWriter, r *http.Request, who *account.Signed, status int, wanted register.SIRET, typed url.Values, faults map[string]string) error {
	if _, err := s.config.Directory.Establishment(wanted); err != nil {
		return err
	}
	l := s.words(r)
	p := &introducePage{frame: s.frame(r, "/mon-espace", l.T("introduction.ask")), Wanted: s.firmOf(r, wanted), Origin: typed.Get("origine"), Fault: faults[""], Staff: who.Person.Staff()}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: p.Title}}
	p.Path, p.NoIndex = "/mises-en-relation/nouvelle?vers="+wanted.String(), true
	p.From = input{Name: "de", Label: l.T("introduction.from"), Value: cut(typed.Get("de"), 200), Error: faults["de"]}
	if p.Staff {
		p.From.Hint = l.T("introduction.from_staff")
	} else {
		for _, siret := range who.Person.Memberships {
			if siret != wanted {
				p.From.Options = append(p.From.Options, option{Value: siret.String(), Name: s.firmOf(r, siret).Name, Chosen: siret.String() == typed.Get("de")})
			}
		}
		p.None = len(p.From.Options) == 0
	}
	p.Words = input{Name: "words", Label: l.T("introduction.words"), Hint: l.T("introduction.words_hint"), Rows: 5, Value: typed.Get("words"), Error: faults["words"]}
	p.Card = cardInputs(l, typed, faults)
	for _, i := range append([]input{p.From, p.Words}, p.Card...) {
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
		}
	}
	if len(p.Faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "introduction/introduce", p)
}

func (s *site) introduce(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	wanted, err := register.ParseSIRET(form.Get("vers"))
	if err != nil {
		return errNoRoute
	}
	l := s.words(r)
	again := func(field, key string) error {
		return s.showIntroduce(w, r, who, http.StatusUnprocessableEntity, wanted, form, map[string]string{field: l.T(key)})
	}
	seeker, err := s.siretTyped(form.Get("de"))
	if err != nil {
		return again("de", "introduction.error.from")
	}
	if !s.mayAnswer(who.Person, seeker) {
		return account.ErrDenied
	}
	request := exchange.Request{
		Seeker: seeker, Wanted: wanted, Words: form.Get("words"), Card: cardTyped(form), Origin: originTyped(form.Get("origine"), seeker, wanted), Who: who.Person, By: by(who),
	}
	if !member(who, seeker) {
		request.By.Channel = account.Phone
	}
	m, err := s.config.Introductions.Ask(r.Context(), request)
	var card *exchange.CardError
	if errors.As(err, &card) {
		return s.showIntroduce(w, r, who, http.StatusUnprocessableEntity, wanted, form, cardFaults(l, card, form))
	}
	if errors.Is(err, exchange.ErrNoWords) {
		return again("words", "introduction.error.words")
	}
	for of, key := range introduceFaults {
		if errors.Is(err, of) {
			return again("", key)
		}
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mises-en-relation/"+m.ID)+"?fait=1")
}

// introduceFaults are the messages of what no field can mend.
var introduceFaults = map[error]string{
	exchange.ErrSameFirm: "introduction.error.same", exchange.ErrMasked: "introduction.error.masked", exchange.ErrDeclined: "introduction.error.declined",
	exchange.ErrNotYet: "introduction.error.not_yet", exchange.ErrTooMany: "introduction.error.many",
}

// introducePath is where one asks to meet an establishment.
func introducePath(siret register.SIRET) string {
	return "/mises-en-relation/nouvelle?vers=" + strings.TrimSpace(siret.String())
}
