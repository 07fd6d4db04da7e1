package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/register"
)

// An introductionPage shows both sides the same introduction: where it stands,
// what each may do, and what they say to each other. A facilitator sees where
// it stands, and not what they say.
type introductionPage struct {
	frame
	Crumbs         []crumb
	Seeker, Wanted firm
	From           *linked  // what it comes from, for a facilitator
	Fate           []linked // the leads it left, for who keeps leads
	State          string
	StateText      string
	Words          string
	Asked          string // who asked, how and when
	Backed         string
	Changed        bool // it went on meanwhile
	Done           bool
	Side           string // seeker, wanted; empty for a facilitator
	Staff          bool
	Action         string
	Faults         []input
	Answer         bool
	Card           []input
	Reason         input
	Cards          []cardView
	Talks          bool // both agree: they talk
	Messages       []messageRow
	Say            input
	ByMail         bool // mails are read too
	Outcome        bool // what came of it is asked
	Form           cooperationForm
	Why            input
	Withdraw       bool
	Release        bool
	Back           bool
	Task           string
	Cooperation    string // path
}

// A cardView is how a side wishes to be reached.
type cardView struct {
	Firm firm
	Card exchange.Card
}

// A messageRow is a message of a conversation.
type messageRow struct {
	Who, At, Words, Note string
	Mine                 bool
}

// A viewer is who looks at an introduction, and for which side.
type viewer struct {
	side  exchange.Side // empty for a facilitator
	actor account.Actor
	path  string // where their forms go
	link  bool
}

// viewing returns the introduction of a request and for whom somebody signed in
// looks at it.
func (s *site) viewing(r *http.Request, who *account.Signed) (*exchange.Introduction, viewer, error) {
	m, err := s.config.Introductions.Introduction(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, viewer{}, err
	}
	v := viewer{actor: by(who), path: "/mises-en-relation/" + m.ID}
	for _, side := range []exchange.Side{exchange.Seeker, exchange.Wanted} {
		if v.side == "" && member(who, m.Firm(side)) {
			v.side = side
		}
	}
	if v.side != "" {
		return m, v, nil
	}
	for _, territory := range []string{m.SeekerTerritory, m.WantedTerritory} {
		if account.May(who.Person, account.Cooperate, account.Object{Territory: territory}) {
			v.actor.Channel = account.Phone // she acts for one who called
			return m, v, nil
		}
	}
	return nil, viewer{}, account.ErrDenied
}

// viewingByLink returns the introduction of a link in a mail and whom the link was
// made for.
func (s *site) viewingByLink(r *http.Request) (*exchange.Introduction, viewer, error) {
	m, side, reader, err := s.config.Introductions.ByToken(r.Context(), r.PathValue("id"), r.PathValue("token"))
	if err != nil {
		return nil, viewer{}, err
	}
	v := viewer{side: side, actor: account.Actor{Channel: account.Link}, path: "/mises-en-relation/" + m.ID + "/lien/" + r.PathValue("token"), link: true}
	if reader.Member {
		v.actor.Who = reader.Key
	}
	return m, v, nil
}

func (s *site) introduction(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, v, err := s.viewing(r, who)
	if err != nil {
		return err
	}
	return s.showIntroduction(w, r, http.StatusOK, m, v, s.cardOf(who.Person), nil)
}

// introductionByLink shows an introduction without account. Opening it answers
// nothing: scanners of mails open links too.
func (s *site) introductionByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	m, v, err := s.viewingByLink(r)
	if err != nil {
		return err
	}
	return s.showIntroduction(w, r, http.StatusOK, m, v, nil, nil)
}

// cardOf fills a card with what is known of who signs in; they change it.
func (s *site) cardOf(p *account.Person) url.Values {
	v := url.Values{"mail": {p.Mail}, "phone": {p.Phone}}
	if p.GivenName+p.FamilyName != "" {
		v.Set("name", p.Name())
	}
	return v
}

func (s *site) showIntroduction(w http.ResponseWriter, r *http.Request, status int, m *exchange.Introduction, v viewer, typed url.Values, faults map[string]string) error {
	l := s.words(r)
	p := &introductionPage{
		frame: s.frame(r, "/mon-espace", l.T("introduction.title")), Seeker: s.firmOf(r, m.Seeker), Wanted: s.firmOf(r, m.Wanted), State: string(m.State), StateText: s.stateOf(l, m), Words: m.Words,
		Side: string(v.side), Staff: v.side == "", Action: v.path, Changed: r.URL.Query().Has("change"), Done: r.URL.Query().Has("fait"), ByMail: s.config.MailAnswers,
	}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: p.Title}}
	if p.Path, p.NoIndex = "/mon-espace", true; v.link {
		p.Crumbs, p.Path = []crumb{{Name: p.Title}}, "/"
	}
	p.Asked, p.Backed = s.askedLine(r, l, m), s.backedLine(r, l, m)
	if p.Staff && m.Origin.Kind != "" {
		from := s.linkedFrom(r, l, m.Origin)
		p.From = &from
	}
	if who, ok := r.Context().Value(signedKey{}).(*account.Signed); ok && p.Staff {
		var err error
		if p.Fate, err = s.fateOf(r, who.Person, lead.Origin{Kind: lead.FromIntroduction, ID: m.ID}); err != nil {
			return err
		}
	}
	if m.Cooperation != "" && !v.link {
		p.Cooperation = "/cooperations/" + m.Cooperation
	}
	living := m.State.Living()
	p.Withdraw = living && (v.side == exchange.Seeker || v.side == exchange.Wanted && m.State == exchange.Accepted)
	p.Answer = m.State == exchange.Asked && v.side != exchange.Seeker
	p.Release, p.Back = p.Staff && m.State == exchange.Held, p.Staff && living && m.BackedBy == ""
	if p.Staff && m.Task != "" {
		p.Task = l.T("introduction.task." + m.Task)
	}
	if p.Answer {
		p.Card, p.Reason = cardInputs(l, typed, faults), reasonChoice(l, "introduction.decline.", exchange.DeclineReasons())
		p.Reason.Label = l.T("introduction.decline_label")
	}
	if err := s.talk(r, p, m, v, typed, faults); err != nil {
		return err
	}
	for _, i := range append(p.Card, p.Say) {
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
		}
	}
	p.Faults = append(p.Faults, p.Form.Faults...)
	if len(p.Faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "introduction/introduction", p)
}

// talk adds what the two say to each other and how each is reached, for them
// alone, and the question of what came of it.
func (s *site) talk(r *http.Request, p *introductionPage, m *exchange.Introduction, v viewer, typed url.Values, faults map[string]string) error {
	l := s.words(r)
	p.Talks = m.State == exchange.Accepted && !p.Staff
	if p.Staff {
		return nil
	}
	for _, side := range []exchange.Side{exchange.Seeker, exchange.Wanted} {
		if c := m.Card(side); c != (exchange.Card{}) {
			p.Cards = append(p.Cards, cardView{s.firmOf(r, m.Firm(side)), c})
		}
	}
	said, err := s.config.Introductions.Messages(r.Context(), m.ID)
	if err != nil {
		return err
	}
	for _, one := range said {
		row := messageRow{Who: s.firmOf(r, m.Firm(one.Side)).Name, At: l.Moment(one.At), Words: one.Words, Mine: one.Side == v.side}
		if one.Words == "" && one.Dropped == 0 {
			row.Note = l.T("introduction.gone_words")
		}
		if one.Dropped > 0 {
			row.Note = l.T("introduction.dropped", "n", one.Dropped)
		}
		p.Messages = append(p.Messages, row)
	}
	if !p.Talks {
		return nil
	}
	p.Say = input{Name: "words", Label: l.T("introduction.say"), Rows: 4, Value: typed.Get("words"), Error: faults["words"], Free: true}
	p.Outcome = true
	if !typed.Has("started") {
		typed = url.Values{"started": {s.today()}}
	}
	p.Form, p.Why = newCooperationForm(l, typed, faults), reasonChoice(l, "introduction.why.", exchange.Whys())
	p.Why.Name = "why"
	p.Why.Label = l.T("introduction.why_label")
	return nil
}

// stateOf tells where an introduction stands.
func (s *site) stateOf(l *locale.Language, m *exchange.Introduction) string {
	switch {
	case m.State == exchange.Declined && m.Reason != "":
		return l.T("introduction.state.declined", "reason", l.T("introduction.decline."+m.Reason))
	case m.State == exchange.Postponed:
		return l.T("introduction.state.postponed", "day", l.Moment(m.ClosedAt.Add(exchange.AskAgainAfter)))
	case m.State == exchange.Closed && m.Ending == exchange.WhyNot:
		return l.T("introduction.ending.why_not", "reason", l.T("introduction.why."+m.Reason))
	case m.State == exchange.Closed:
		return l.T("introduction.ending." + m.Ending)
	case m.State == exchange.Declined:
		return l.T("introduction.ending.withdrawn")
	}
	return l.T("introduction.state." + string(m.State))
}

// askedLine tells who asked: who did it for whom is always said.
func (s *site) askedLine(r *http.Request, l *locale.Language, m *exchange.Introduction) string {
	firm, at := s.firmOf(r, m.Seeker).Name, l.Moment(m.CreatedAt)
	if m.AskedChannel == account.Phone || m.AskedChannel == account.Desk {
		if who := s.facilitatorName(r, l, m.AskedBy); who != "" {
			return l.T("introduction.asked_for", "who", who, "firm", firm, "how", l.T("channel."+string(m.AskedChannel)), "at", at)
		}
	}
	return l.T("introduction.asked", "firm", firm, "at", at)
}

func (s *site) backedLine(r *http.Request, l *locale.Language, m *exchange.Introduction) string {
	if m.BackedBy == "" {
		return ""
	}
	who := s.facilitatorName(r, l, m.BackedBy)
	if who == "" {
		return ""
	}
	return l.T("introduction.backed", "who", who)
}

// facilitatorName names a facilitator and their institution to firms, who are
// not shown an address for want of a name; nothing for one who is gone.
func (s *site) facilitatorName(r *http.Request, l *locale.Language, id string) string {
	p, err := s.config.Accounts.Person(r.Context(), id)
	if err != nil {
		return ""
	}
	who := l.T("introduction.facilitator")
	if p.GivenName+p.FamilyName != "" {
		who = p.Name()
	}
	if body := p.Institution(); body != "" {
		who += ", " + l.T("institution."+string(body))
	}
	return who
}

// cardInputs ask how one wishes to be reached.
func cardInputs(l *locale.Language, typed url.Values, faults map[string]string) []input {
	var list []input
	for _, f := range []struct{ name, kind, complete string }{{"name", "", "name"}, {"phone", "tel", "tel"}, {"mail", "email", "email"}} {
		list = append(list, input{Name: f.name, Label: l.T("introduction.card." + f.name), Type: f.kind, Autocomplete: f.complete, Value: typed.Get(f.name), Error: faults[f.name], Free: true})
	}
	return list
}

func cardTyped(form url.Values) exchange.Card {
	return exchange.Card{Name: cut(one(form, "name"), 80), Phone: cut(one(form, "phone"), 40), Mail: cut(one(form, "mail"), 200)}
}

// cardFaults tells what is wrong with a card.
func cardFaults(l *locale.Language, err *exchange.CardError, form url.Values) map[string]string {
	faults := make(map[string]string)
	for _, f := range err.Fields {
		if f == "mail" {
			faults[f] = l.T(mailFault(one(form, "mail")))
		} else {
			faults[f] = l.T("profile.fault.phone")
		}
	}
	return faults
}

func reasonChoice(l *locale.Language, keys string, reasons []string) input {
	i := input{Name: "reason"}
	for _, reason := range reasons {
		i.Options = append(i.Options, option{Value: reason, Name: l.T(keys + reason)})
	}
	return i
}

func (s *site) actOnIntroduction(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, v, err := s.viewing(r, who)
	if err != nil {
		return err
	}
	return s.act(w, r, m, v)
}

func (s *site) actByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	m, v, err := s.viewingByLink(r)
	if err != nil {
		return err
	}
	return s.act(w, r, m, v)
}

// act does what one of the buttons of the page says.
func (s *site) act(w http.ResponseWriter, r *http.Request, m *exchange.Introduction, v viewer) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l, faults := s.words(r), map[string]string(nil)
	err = s.press(r, m, v, form, &faults)
	var card *exchange.CardError
	switch {
	case errors.As(err, &card):
		faults = cardFaults(l, card, form)
	case errors.Is(err, exchange.ErrNothingSaid):
		faults = map[string]string{"words": l.T("introduction.error.message")}
	case errors.Is(err, exchange.ErrTooMany):
		faults = map[string]string{"words": l.T("introduction.error.too_many_words")}
	case errors.Is(err, exchange.ErrEnded), errors.Is(err, exchange.ErrNoReason):
		return s.goOn(w, r, pathIn(r, v.path)+"?change=1")
	case err != nil:
		return err
	}
	if len(faults) > 0 {
		return s.showIntroduction(w, r, http.StatusUnprocessableEntity, m, v, form, faults)
	}
	return s.goOn(w, r, pathIn(r, v.path)+"?fait=1")
}

// press does one act; what is wrong with the fields it finds itself goes into
// faults.
func (s *site) press(r *http.Request, m *exchange.Introduction, v viewer, form url.Values, faults *map[string]string) error {
	ctx, in, staff := r.Context(), s.config.Introductions, v.side == ""
	mayAnswer, mayTalk := v.side != exchange.Seeker, !staff
	switch geste := form.Get("geste"); {
	case geste == "accepter" && mayAnswer:
		_, err := in.Answer(ctx, m.ID, exchange.IntroductionAnswer{Step: exchange.Accept, Card: cardTyped(form), By: v.actor})
		return err
	case geste == "refuser" && mayAnswer:
		_, err := in.Answer(ctx, m.ID, exchange.IntroductionAnswer{Step: exchange.Decline, Reason: form.Get("reason"), By: v.actor})
		return err
	case geste == "plus-tard" && mayAnswer:
		_, err := in.Answer(ctx, m.ID, exchange.IntroductionAnswer{Step: exchange.Postpone, By: v.actor})
		return err
	case geste == "message" && mayTalk:
		return in.Say(ctx, m.ID, v.side, form.Get("words"), v.actor)
	case geste == "cooperation" && mayTalk:
		c, wrong := cooperationOf(s.words(r), form)
		if *faults = wrong; len(wrong) > 0 {
			return nil
		}
		title := s.words(r).T("introduction.lead_title", "seeker", s.firmOf(r, m.Seeker).Name, "wanted", s.firmOf(r, m.Wanted).Name)
		_, err := in.Conclude(ctx, m.ID, exchange.Outcome{Cooperation: &c, Title: title, Side: v.side, By: v.actor})
		return err
	case geste == "sans-suite" && mayTalk:
		_, err := in.Conclude(ctx, m.ID, exchange.Outcome{Why: form.Get("why"), Side: v.side, By: v.actor})
		return err
	case geste == "retirer" && mayTalk && (v.side == exchange.Seeker || m.State == exchange.Accepted):
		return in.Close(ctx, v.actor, m.ID, exchange.Withdrawn, v.side)
	case geste == "transmettre" && staff:
		return in.Release(ctx, v.actor, m.ID)
	case geste == "ecarter" && staff:
		return in.Close(ctx, v.actor, m.ID, exchange.Unfit, exchange.Wanted)
	case geste == "appuyer" && staff:
		return in.Back(ctx, v.actor, m.ID)
	}
	return account.ErrDenied
}

// An introductionRow is an introduction in a list.
type introductionRow struct {
	Seeker, Wanted firm
	State, Since   string
	Path           string
	Mine           bool // it is theirs to speak
	Task           string
}

// introductionRows lists introductions for who reads them.
func (s *site) introductionRows(r *http.Request, list []*exchange.Introduction, firms []register.SIRET) []introductionRow {
	l, rows := s.words(r), make([]introductionRow, len(list))
	for i, m := range list {
		rows[i] = introductionRow{
			Seeker: s.firmOf(r, m.Seeker), Wanted: s.firmOf(r, m.Wanted), State: s.stateOf(l, m), Path: "/mises-en-relation/" + m.ID,
			Since: l.T("introduction.quiet_today"),
		}
		if days := int(s.config.Clock.Now().Sub(m.QuietSince) / (24 * time.Hour)); days > 0 {
			rows[i].Since = l.T("introduction.quiet_for", "n", days)
		}
		for _, siret := range firms {
			if side := m.Side(siret); side != "" && m.State != exchange.Held && (m.QuietSide == side || m.QuietSide == "") {
				rows[i].Mine = true
			}
		}
		switch {
		case m.State == exchange.Held:
			rows[i].Task = l.T("introduction.task.held")
		case m.Task != "":
			rows[i].Task = l.T("introduction.task." + m.Task)
		}
	}
	return rows
}

// introductionsShown is how many introductions a page lists.
const introductionsShown = 30

// waitingIntroductions returns those that are under way for somebody's
// establishments.
func (s *site) waitingIntroductions(r *http.Request, who *account.Signed) ([]introductionRow, error) {
	if len(who.Person.Memberships) == 0 || s.config.Introductions == nil {
		return nil, nil
	}
	list, err := s.config.Introductions.Introductions(r.Context(), exchange.IntroductionFilter{Firms: who.Person.Memberships, Living: true, Limit: introductionsShown})
	if err != nil {
		return nil, err
	}
	rows := s.introductionRows(r, list, who.Person.Memberships)
	slices.SortStableFunc(rows, func(a, b introductionRow) int {
		return strings.Compare(map[bool]string{true: "0", false: "1"}[a.Mine], map[bool]string{true: "0", false: "1"}[b.Mine])
	})
	return rows, nil
}

// silentIntroductions returns those that a facilitator is to see to.
func (s *site) silentIntroductions(r *http.Request, who *account.Signed) ([]introductionRow, error) {
	list, err := s.config.Introductions.Introductions(r.Context(), exchange.IntroductionFilter{Territories: who.Person.Territories, Tasks: true, Limit: introductionsShown})
	if err != nil {
		return nil, err
	}
	return s.introductionRows(r, list, nil), nil
}

// originTyped reads what an introduction comes from: a kind, with an id where
// it has one. Anything else is nothing.
func originTyped(typed string, seeker, wanted register.SIRET) lead.Origin {
	kind, id, _ := strings.Cut(typed, ":")
	switch kind {
	case lead.FromMatch:
		return lead.Origin{Kind: kind, ID: seeker.String() + "-" + wanted.String()}
	case lead.FromNeed, lead.FromLead, lead.FromMeeting, lead.FromVisit, lead.FromTeam:
		if len(id) > 0 && len(id) <= 40 && !strings.ContainsFunc(id, func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }) {
			return lead.Origin{Kind: kind, ID: id}
		}
	}
	return lead.Origin{}
}
