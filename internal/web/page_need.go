package web

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/register"
)

// A needPage shows one need: to everybody what it says, to those who may answer
// a way to, to its author who did.
type needPage struct {
	frame
	Crumbs    []crumb
	LD        template.JS
	ID        string
	Heading   string
	Words     string
	Direction string
	Kind      string
	World     string
	Firm      link
	Trades    []link
	Facts     []sheetFact
	State     string
	StateText string
	Reason    string
	For       string   // who wrote it for somebody
	Pool      string   // path of the purchase, of a need to buy together
	Before    string   // path of the one it renews
	After     string   // path of the one that renews it
	Fate      []linked // the leads it left, for who keeps leads
	Action    string

	Answers   bool // it can be answered
	SignIn    string
	Firms     []option // for which one answers
	Own       string   // where one's own answer stands, in words
	MayLeave  bool     // and it can be taken back
	Chosen    bool
	Reach     *reach // how to reach the other side, once both agreed
	Message   input
	Question  input
	ByLink    bool
	Said      string // what was just done
	Questions []questionRow

	Author    bool
	Interests []interestRow
	Live      bool
	Draft     bool
	Renew     bool
	MaySay    bool // what came of it
	Outcome   string

	Moderates bool
	Flags     []string
	Refusal   input
}

// A sheetFact is a line of a sheet.
type sheetFact struct{ Name, Value string }

// A reach is how to reach somebody, once both sides agreed.
type reach struct{ Name, Phone, Mail string }

// A questionRow is a question as all read it.
type questionRow struct {
	ID, Words, At, Answer, AnsweredAt string
	Input                             input
}

// An interestRow is one who is interested, to the author.
type interestRow struct {
	ID     string
	Number int
	Firm   firm
	World  string
	Words  string
	At     string
	State  string
	Behind bool
	Reach  *reach
}

// someone returns who is signed in, nil for a visitor. A page that depends on
// it is kept by no cache.
func (s *site) someone(w http.ResponseWriter, r *http.Request) (*account.Person, error) {
	who, err := s.signed(w, r)
	if errors.Is(err, account.ErrSession) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w.Header().Set("Cache-Control", "no-store")
	return who.Person, nil
}

func (s *site) need(w http.ResponseWriter, r *http.Request) error {
	who, err := s.someone(w, r)
	if err != nil {
		return err
	}
	return s.showNeed(w, r, http.StatusOK, who, 0, nil)
}

// showNeed shows a need to somebody, or to who came by the link of a mail to an
// establishment. faults are those of what was just sent.
func (s *site) showNeed(w http.ResponseWriter, r *http.Request, status int, who *account.Person, by register.SIRET, faults map[string]string) error {
	l := s.words(r)
	n, err := s.config.Needs.Need(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	sees, err := s.config.Needs.MaySee(r.Context(), who, by, n)
	if err != nil {
		return err
	}
	if !sees && by == 0 {
		return account.ErrDenied
	}
	if n.Firm.SIRET == 0 && by != 0 && by != n.SIRET {
		return db.ErrNotFound // it left the directory since the mail was written
	}
	p := &needPage{frame: s.frame(r, needsPath, n.Title), ID: n.ID, Heading: n.Title, Words: n.Words, State: n.State, Reason: n.Reason, Action: needsPath + "/" + n.ID, ByLink: by != 0}
	p.Crumbs = []crumb{{Name: l.T("nav./annonces"), Path: needsPath}, {Name: n.Title}}
	p.Path, p.Description = p.Action, cut(n.Words, 160)
	p.NoIndex = n.State != exchange.NeedLive || n.Matches || by != 0
	if p.ByLink {
		p.Action += "/lien/" + r.PathValue("token")
	}
	s.tellNeed(l, p, n)
	if after, err := s.config.Needs.After(r.Context(), n.ID); err != nil {
		return err
	} else if after != "" {
		p.After = needsPath + "/" + after
	}
	if p.Fate, err = s.fateOf(r, who, lead.Origin{Kind: lead.FromNeed, ID: n.ID}); err != nil {
		return err
	}
	if said := r.URL.Query().Get("fait"); slices.Contains([]string{"interet", "question", "publie", "retenue", "brouillon", "choix", "reponse", "suite"}, said) && len(faults) == 0 {
		p.Said = l.T("need.said." + said)
	}
	p.Author = account.May(who, account.PostNeed, n.Object())
	p.Moderates = account.May(who, account.ModerateNeeds, n.Object()) && n.State == exchange.NeedHeld
	for _, f := range n.Flags {
		p.Flags = append(p.Flags, l.T("need.flag."+f))
	}
	p.Refusal = input{Name: "motif", Label: l.T("need.refusal"), Hint: l.T("need.refusal_hint"), Rows: 3, Error: faults["motif"], Value: r.PostForm.Get("motif")}
	if err := s.answersTo(r, l, p, n, who, by, faults); err != nil {
		return err
	}
	if p.Author {
		if err := s.forAuthor(r, l, p, n); err != nil {
			return err
		}
	}
	if len(faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "need/need", p)
}

// tellNeed fills in what everybody reads.
func (s *site) tellNeed(l *locale.Language, p *needPage, n exchange.FoundNeed) {
	p.Direction, p.Kind = l.T("need.direction."+string(n.Direction)), l.T("need.kind."+string(n.Kind))
	p.World, p.Firm = worldOf(&n.Firm), link{Name: firmName(l, &n.Firm)}
	if n.Firm.SIRET != 0 {
		p.Firm.Path = "/entreprises/" + n.SIRET.String()
	}
	for _, slug := range n.Trades {
		p.Trades = append(p.Trades, link{Name: s.tradeName(l, slug), Path: needsPath + "?trade=" + slug})
	}
	fact := func(key, value string) {
		if value != "" {
			p.Facts = append(p.Facts, sheetFact{l.T("need.fact." + key), value})
		}
	}
	fact("quantity", quantityOf(n.Need))
	fact("when", whenOf(l, n.From, n.Until))
	if c, ok := s.config.Places.Commune(n.Commune); ok {
		where := c.Name
		if n.RadiusKM > 0 {
			where = l.T("need.within", "place", c.Name, "km", n.RadiusKM)
		}
		fact("where", where)
	}
	fact("reply", l.Day(n.ReplyBy))
	if n.Matches {
		fact("seen", l.T("need.seen_matches"))
	}
	if n.ForName != "" {
		p.For = l.T("need.for", "how", l.T("channel."+string(n.By.Channel)))
	}
	if n.Kind == exchange.Purchase && !n.PostedAt.IsZero() {
		p.Pool = needsPath + "/" + n.ID + "/achat"
	}
	if n.Before != "" {
		p.Before = needsPath + "/" + n.Before
	}
	if n.State != exchange.NeedLive {
		p.StateText = l.T("need.state." + n.State)
	} else if !n.Answerable(clock.Day(s.today())) {
		p.StateText = l.T("need.state." + exchange.NeedExpired)
	}
	if n.State == exchange.NeedLive && !n.Matches {
		p.LD = needLD(p, n)
	}
}

// needLD is a need as schema.org tells it: what is asked or offered, by whom.
func needLD(p *needPage, n exchange.FoundNeed) template.JS {
	kind := "Demand"
	if n.Direction == exchange.Offering {
		kind = "Offer"
	}
	item := map[string]any{
		"@context": "https://schema.org", "@type": kind, "name": n.Title, "description": n.Words, "url": p.BaseURL + p.Path, "availabilityEnds": string(n.ReplyBy),
		"itemOffered": map[string]any{"@type": "Service", "name": n.Title},
	}
	if name := n.Firm.Title(); name != "" {
		item["seller"] = map[string]any{"@type": "Organization", "name": name, "url": p.BaseURL + p.Firm.Path}
	}
	text, err := json.Marshal(item)
	if err != nil {
		return ""
	}
	return template.JS(text) // json.Marshal escapes <, > and &
}

// whenOf writes from when to when.
func whenOf(l *locale.Language, from, until clock.Day) string {
	switch {
	case from != "" && until != "":
		return l.T("need.from_until", "from", l.Day(from), "until", l.Day(until))
	case from != "":
		return l.T("need.from", "from", l.Day(from))
	case until != "":
		return l.T("need.until", "until", l.Day(until))
	}
	return ""
}

// answersTo fills in the questions, and how one may answer.
func (s *site) answersTo(r *http.Request, l *locale.Language, p *needPage, n exchange.FoundNeed, who *account.Person, by register.SIRET, faults map[string]string) error {
	questions, err := s.config.Needs.Questions(r.Context(), n.ID)
	if err != nil {
		return err
	}
	for _, q := range questions {
		row := questionRow{ID: q.ID, Words: q.Words, At: l.Moment(q.At), Answer: q.Answer}
		if !q.AnsweredAt.IsZero() {
			row.AnsweredAt = l.Moment(q.AnsweredAt)
		}
		row.Input = input{Name: "reponse-" + q.ID, Label: l.T("need.answer_label"), Rows: 2, Value: r.PostForm.Get("reponse-" + q.ID), Error: faults["reponse-"+q.ID]}
		p.Questions = append(p.Questions, row)
	}
	p.Answers = n.Answerable(clock.Day(s.today())) && !p.Author
	p.Message = input{Name: "message", Label: l.T("need.message"), Hint: l.T("need.message_hint"), Rows: 3, Optional: true, Value: r.PostForm.Get("message"), Error: faults["message"]}
	p.Question = input{Name: "question", Label: l.T("need.question"), Hint: l.T("need.question_hint"), Rows: 3, Value: r.PostForm.Get("question"), Error: faults["question"]}
	firms := []register.SIRET{by}
	if by == 0 {
		if firms = nil; who != nil {
			firms = who.Memberships
		} else {
			p.SignIn = "/connexion?suite=" + needsPath + "/" + n.ID
		}
	}
	interests, err := s.config.Needs.Interests(r.Context(), n.ID)
	if err != nil {
		return err
	}
	for _, siret := range firms {
		at := slices.IndexFunc(interests, func(i exchange.Interest) bool { return i.SIRET == siret && i.State != exchange.InterestWithdrawn })
		if at < 0 {
			if siret.SIREN() != n.SIRET.SIREN() {
				p.Firms = append(p.Firms, option{Value: siret.String(), Name: s.firmOf(r, siret).Name})
			}
			continue
		}
		i := interests[at]
		if err := s.ownAnswer(r, l, p, n, i); err != nil {
			return err
		}
	}
	return nil
}

// ownAnswer tells an establishment where its answer stands.
func (s *site) ownAnswer(r *http.Request, l *locale.Language, p *needPage, n exchange.FoundNeed, i exchange.Interest) (err error) {
	switch {
	case i.State == exchange.InterestChosen:
		p.Own, p.Chosen = l.T("need.own.chosen"), true
		p.Reach, err = s.reachOf(r, n.SIRET, n.By.Who)
	case n.Ended():
		p.Own = l.T("need.own.over")
	case i.Behind():
		p.Own, p.MayLeave = l.T("need.own.behind", "n", i.Number-1), true
	default:
		p.Own, p.MayLeave = l.T("need.own.open", "number", strconv.Itoa(i.Number)), true
	}
	return err
}

// reachOf tells how to reach an establishment: what its page shows, else the
// person who acted.
func (s *site) reachOf(r *http.Request, siret register.SIRET, person string) (*reach, error) {
	to := &reach{}
	e, err := s.config.Directory.Establishment(siret)
	said, voiceErr := s.voiceOf(r, siret)
	switch {
	case voiceErr != nil:
		return nil, voiceErr
	case err == nil && said != nil && (said.Shown || e.Mask != directory.MaskedPerson):
		to.Name, to.Phone, to.Mail = said.Contact, said.Phone, said.Mail
	}
	if id, ok := exchange.ContactID(person); ok {
		c, err := s.config.Contacts.Reached(r.Context(), id)
		if errors.Is(err, db.ErrNotFound) {
			return to, nil // they were forgotten since
		}
		if err != nil {
			return nil, err
		}
		return &reach{Name: strings.TrimSpace(c.GivenName + " " + c.FamilyName), Phone: c.Phone, Mail: c.Mail}, nil
	}
	// Who acted may have left the establishment to others since.
	if stay, err := s.config.Accounts.Members(r.Context(), siret); err != nil {
		return nil, err
	} else if len(stay) > 0 && !slices.ContainsFunc(stay, func(p *account.Person) bool { return p.ID == person }) {
		person = stay[0].ID
	}
	if who, err := s.config.Accounts.Person(r.Context(), person); err == nil {
		if to.Name == "" {
			to.Name = who.Name()
		}
		if to.Mail == "" && to.Phone == "" {
			to.Mail, to.Phone = who.Mail, who.Phone
		}
	}
	return to, nil
}

// forAuthor fills in what its author sees: who is interested, in order.
func (s *site) forAuthor(r *http.Request, l *locale.Language, p *needPage, n exchange.FoundNeed) error {
	p.Live, p.Draft = n.State == exchange.NeedLive, n.State == exchange.NeedDraft
	p.Renew = n.Ended() && n.State != exchange.NeedRefused && p.After == ""
	p.Outcome, p.MaySay = n.Outcome, n.Ended() && n.State != exchange.NeedRefused && n.State != exchange.NeedClosed && n.Outcome == ""
	interests, err := s.config.Needs.Interests(r.Context(), n.ID)
	if err != nil {
		return err
	}
	for _, i := range interests {
		if i.State == exchange.InterestWithdrawn {
			continue
		}
		row := interestRow{ID: i.ID, Number: i.Number, Firm: s.firmOf(r, i.SIRET), World: "craft", Words: i.Words, At: l.Moment(i.At), State: i.State, Behind: i.Behind()}
		if e, err := s.config.Directory.Establishment(i.SIRET); err == nil {
			row.World = worldOf(&e)
		}
		if i.State == exchange.InterestChosen {
			if row.Reach, err = s.reachOf(r, i.SIRET, i.Person); err != nil {
				return err
			}
		}
		p.Interests = append(p.Interests, row)
	}
	return nil
}
