package app

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/mail/mailtest"
	"passerelle/internal/meeting"
	"passerelle/internal/profile"
	"passerelle/internal/register"
	"passerelle/internal/team"
	"passerelle/internal/visit"
)

// A mailroom is a house whose mails go to a real server: jean of the
// carpenters reads what the garage does, amina is of the garage, nadia a
// facilitator, and the recyclery is known by a contact only.
type mailroom struct {
	*house
	dir                string
	now                *clock.Held
	sink               *mailtest.Sink
	amina, jean, nadia *account.Person
	marie, luc         *contact.Contact // with a source, and without
	paul               *account.Person  // a facilitator who chose not to be asked
}

func openMailroom(t *testing.T, engine string, firms []directory.Establishment) *mailroom {
	t.Helper()
	m := &mailroom{dir: t.TempDir(), now: clock.Hold(time.Date(2025, 10, 6, 9, 0, 0, 0, time.UTC)), sink: mailtest.New(t, mailtest.Behaviour{}, nil)}
	address := "sqlite:" + filepath.Join(m.dir, "passerelle.db")
	if engine == "postgres" {
		address = dbtest.PostgresURL(t)
	}
	directorytest.Write(t, m.dir, directorytest.AsOf, firms)
	ctx := t.Context()
	h, err := openHouse(&Context{Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, Clock: m.now, Config: &Config{
		Data: m.dir, Database: address, BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"},
		SMTP: mail.Server{Host: m.sink.Host, Port: m.sink.Port, TLS: "never"}, MailListen: "127.0.0.1:0", MailDomain: "passerelle.example",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.unlock(ctx); err != nil {
		t.Fatal(err)
	}
	m.house = h
	m.amina, m.jean = speaks(t, h, "amina@lys.example", directorytest.Garage), speaks(t, h, "jean@lys.example", directorytest.Charpentiers)
	m.nadia = (&workshop{street: &street{house: h, t: t}}).facilitator("nadia@cma.example", "artois")
	if faults, err := h.Profiles.Change(ctx, profile.Change{SIRET: directorytest.Garage, Content: profile.Content{Words: "Dit une fois"}, By: account.Actor{Who: m.amina.ID, Channel: account.Web}}); err != nil {
		t.Fatal(faults, err)
	}
	m.now.Pass(413 * 24 * time.Hour) // a Monday of November 2026
	m.marie = m.known(t, contact.Contact{SIRET: directorytest.Repair, FamilyName: "Durand", Mail: "marie@lys.example"}, "salon")
	m.luc = m.known(t, contact.Contact{FamilyName: "Petit", Mail: "luc@lys.example"}, "")
	m.paul = (&workshop{street: &street{house: h, t: t}}).facilitator("paul@cma.example", "artois")
	wish, err := h.Post.outbox.Preference(ctx, m.paul.ID)
	if err != nil {
		t.Fatal(err)
	}
	wish.Solicitation = false
	if err := h.Post.outbox.Choose(ctx, wish, mail.OnPage, "ne rien me demander"); err != nil {
		t.Fatal(err)
	}
	return m
}

// known keeps somebody without account.
func (m *mailroom) known(t *testing.T, c contact.Contact, source string) *contact.Contact {
	t.Helper()
	if _, err := m.Contacts.Save(t.Context(), byNadia(m), m.nadia, c, contact.Origin{Source: source}); err != nil {
		t.Fatal(err)
	}
	list, err := m.Contacts.Of(t.Context(), c.Mail)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	return list[0]
}

// A letterOf is a letter of the house: the act that makes it, once for each id.
type letterOf struct {
	kind string
	post func(ctx context.Context, t *db.Tx, id string) error
	act  func(ctx context.Context) error // in its place, where it is no one transaction
}

// said are the words of a letter that people wrote: the garage, and others.
type said struct{ title, words, name, others string }

// everyLetter is each kind of letter that the house writes, of what the garage
// did, in its words. A kind that is not here is found by TestEveryLetter.
func (m *mailroom) everyLetter(s said) (all []letterOf) {
	const garage, own, third = directorytest.Garage, directorytest.Charpentiers, directorytest.Repair
	until := time.Date(2026, 12, 30, 16, 30, 0, 0, time.UTC)
	add := func(kind string, post func(ctx context.Context, t *db.Tx, id string) error) {
		all = append(all, letterOf{kind: kind, post: post})
	}
	p, h := m.Post, m.house

	accounts := func(kind string, to *account.Person, change func(*account.Letter, string)) {
		add(kind, func(ctx context.Context, t *db.Tx, id string) error {
			l := account.Letter{Kind: kind, To: to.Mail, Person: to.ID, Language: "fr", Token: "JETON", Until: until, SIRET: garage}
			change(&l, id)
			return p.account(ctx, t, l)
		})
	}
	plain := func(*account.Letter, string) {}
	claim := func(l *account.Letter, id string) { l.Claim = &account.Claim{ID: id, SIRET: garage, Reason: s.others} }
	activity := func(l *account.Letter, id string) {
		l.Activity = &account.Activity{ID: id, Name: s.name, Words: s.others}
	}
	for _, kind := range []string{"claim.ask", "claim.approve", "claim.refuse"} {
		accounts(kind, m.nadia, claim)
	}
	accounts("signin", m.jean, plain)
	for _, kind := range []string{"membership.join", "membership.leave", "firm.left", "firm.close", "membership.invite", "account.unused"} {
		accounts(kind, m.nadia, plain)
	}
	accounts("membership.join", m.nadia, func(l *account.Letter, _ string) { l.Proof = account.ByProConnect })
	accounts("firm.succeed", m.jean, func(l *account.Letter, _ string) { l.SIRET, l.Successor = own, garage })
	accounts("activity.say", m.nadia, activity)
	accounts("activity.arrive", m.jean, activity)
	for _, c := range []*contact.Contact{m.marie, m.luc} {
		add("contact.unused", func(ctx context.Context, t *db.Tx, _ string) error { return p.warnContact(ctx, t, c) })
	}

	needs := func(kind string, change func(*exchange.NeedLetter)) {
		add(kind, func(ctx context.Context, t *db.Tx, id string) error {
			need := &exchange.Need{ID: id, SIRET: garage}
			need.Title, need.ReplyBy = s.title, "2026-12-20"
			l := exchange.NeedLetter{Kind: kind, To: m.jean.Mail, Person: m.jean.ID, Language: "fr", Need: need, Words: s.words, Token: "JETON"}
			change(&l)
			return p.need(ctx, t, l)
		})
	}
	asIs := func(*exchange.NeedLetter) {}
	for _, kind := range []string{"need.hold", "need.over", "need.expire", "need.release", "need.refuse", "need.question", "need.answer", "need.choose", "need.ask", "need.invite", "need.interest", "pool.reached", "pool.missed", "pool.extend", "pool.group", "pool.close"} {
		needs(kind, asIs)
	}
	needs("need.over", func(l *exchange.NeedLetter) {
		l.Contact, l.To, l.Person = true, m.marie.Mail, exchange.ContactKey(m.marie)
	})
	for _, c := range []*contact.Contact{m.marie, m.luc} {
		needs("need.invite", func(l *exchange.NeedLetter) {
			l.Contact, l.To, l.Person = true, c.Mail, exchange.ContactKey(c)
		})
	}
	needs("need.interest", func(l *exchange.NeedLetter) { l.Number, l.SIRET = exchange.Seats+1, garage })

	introductions := func(kind string, change func(*exchange.IntroductionLetter, string)) {
		add(kind, func(ctx context.Context, t *db.Tx, id string) error {
			i := &exchange.Introduction{ID: id, Seeker: garage, Wanted: own, State: exchange.Asked, Words: s.words, Reason: "busy"}
			l := exchange.IntroductionLetter{Kind: kind, Introduction: i, To: exchange.Recipient{Key: m.jean.ID, Mail: m.jean.Mail, Language: "fr", Member: true}, Side: exchange.Wanted, Token: "JETON"}
			change(&l, id)
			_, err := p.introduction(ctx, t, l)
			return err
		})
	}
	for _, task := range []string{"", exchange.ToCall, exchange.ToBreak} {
		introductions(exchange.LetterTask, func(l *exchange.IntroductionLetter, _ string) {
			l.Introduction.Task, l.To = task, exchange.Recipient{Key: m.nadia.ID, Mail: m.nadia.Mail, Language: "fr", Member: true}
		})
	}
	for _, by := range []string{"", m.nadia.ID} {
		introductions(exchange.LetterAsk, func(l *exchange.IntroductionLetter, _ string) { l.Introduction.BackedBy = by })
	}
	for _, state := range []exchange.State{exchange.Asked, exchange.Accepted} {
		introductions(exchange.LetterPoke, func(l *exchange.IntroductionLetter, _ string) { l.Introduction.State = state })
	}
	for _, state := range []exchange.State{exchange.Accepted, exchange.Declined, exchange.Postponed} {
		introductions(exchange.LetterAnswer, func(l *exchange.IntroductionLetter, _ string) {
			l.Introduction.State, l.Introduction.Seeker, l.Introduction.Wanted, l.Side = state, own, garage, exchange.Seeker
		})
	}
	introductions(exchange.LetterMessage, func(l *exchange.IntroductionLetter, id string) {
		l.Message = &exchange.Message{ID: id, Side: exchange.Seeker, Words: s.words, Dropped: 2}
	})
	add(exchange.LetterMessage+" where no mail is listened for", func(ctx context.Context, t *db.Tx, id string) error {
		deaf := *p
		deaf.relay = nil
		_, err := deaf.introduction(ctx, t, exchange.IntroductionLetter{
			Kind: exchange.LetterMessage, Introduction: &exchange.Introduction{ID: id, Seeker: garage, Wanted: own, State: exchange.Accepted}, Side: exchange.Wanted, Token: "JETON",
			To: exchange.Recipient{Key: m.jean.ID, Mail: m.jean.Mail, Language: "fr", Member: true}, Message: &exchange.Message{ID: id, Side: exchange.Seeker, Words: s.words},
		})
		return err
	})
	introductions(exchange.LetterEnd, func(l *exchange.IntroductionLetter, _ string) { l.Introduction.Ending = exchange.Withdrawn })

	one := func(id string) *lead.Lead {
		return &lead.Lead{ID: id, Title: s.title, Owner: m.nadia.ID, Parties: []register.SIRET{garage, own}}
	}
	for kind, n := range map[string]lead.News{
		"lead.hand": {Person: m.nadia.ID, By: m.nadia.ID}, "lead.mention": {Person: m.nadia.ID, By: m.nadia.ID, Words: s.others}, "lead.ask": {Person: m.nadia.ID, By: m.nadia.ID},
		"lead.mention of a firm": {SIRET: own, By: m.nadia.ID, Words: s.others, Token: "JETON"}, "lead.ask of a firm": {SIRET: own, By: m.nadia.ID, Token: "JETON"},
		"lead.mention in a summary": {Person: m.paul.ID, By: m.nadia.ID, Words: s.others}, "lead.answer": {Person: m.nadia.ID, SIRET: garage},
	} {
		add(kind, func(ctx context.Context, t *db.Tx, id string) error {
			n := n
			n.Kind, n.ID, n.Leads = firstWord(kind), id, []*lead.Lead{one(id), one(id + "x")}
			if n.Person != "" { // a facilitator's own, whoever leaves
				n.Leads[0].Title, n.Leads[1].Title = s.others, s.others
			}
			_, err := p.lead(ctx, t, n)
			return err
		})
	}
	add("lead.close", func(ctx context.Context, t *db.Tx, id string) error {
		l := one(id)
		l.Title = s.others
		return p.leadClosed(ctx, t, l, own)
	})
	add("cooperation.confirm", func(ctx context.Context, t *db.Tx, id string) error {
		return p.cooperation(ctx, t, lead.Letter{SIRET: own, Token: "JETON", Cooperation: &lead.Cooperation{ID: id, Kind: lead.Kinds()[0], Started: "2026-10-01", DeclaredFor: garage}})
	})
	add("note.agree", func(ctx context.Context, t *db.Tx, id string) error {
		return p.cooperation(ctx, t, lead.Letter{SIRET: own, Token: "JETON", Cooperation: &lead.Cooperation{ID: id}, Note: &lead.CooperationNote{ID: id, SIRET: garage, Saw: s.words, Takes: s.title, Brought: s.words}})
	})
	for _, kind := range []string{"label.ask", "label.accept", "label.refuse", "label.soon"} {
		add(kind, func(ctx context.Context, t *db.Tx, id string) error {
			return p.label(ctx, t, profile.LabelNews{Kind: kind, To: m.nadia, Label: &profile.Label{ID: id, SIRET: garage, Slug: "rge", Until: "2027-01-01", Reason: s.others}})
		})
	}

	room := booking.Room{Seats: 12, Start: until, End: until.Add(time.Hour)}
	party := func(id string) booking.Booking {
		return booking.Booking{ID: "0123456789abcdef" + id, Seats: 2, Held: 2, Expires: until, Name: s.name, Mail: m.jean.Mail, Person: m.jean.ID, SIRET: own, Party: booking.Party{Language: "fr", Firm: s.name, Note: s.words}}
	}
	offer := visit.Offer{SIRET: garage, Title: s.title, Terms: visit.Terms{Where: s.words}, Commune: "62473"}
	for _, what := range []string{"confirmed", "waiting", "offered", "asked", "cancelled", "refused", "lapsed", "called_off", "changed", "moved", "reinstated", "reminder"} {
		add("booking."+what, func(ctx context.Context, t *db.Tx, id string) error {
			b := party(id)
			if b.State = booking.State(what); what == "changed" || what == "moved" || what == "reinstated" || what == "reminder" {
				b.State = booking.Confirmed
			}
			letter := h.seatLetter(h.Words.For("fr"), booking.Letter{Kind: "booking." + what, Room: room, Booking: b, Position: 3}, h.visited(&offer))
			return p.send(ctx, t, mail.Posted{Person: m.jean.ID, Class: mail.Answer, Kind: "booking." + what}, letter, m.jean.Mail)
		})
	}
	gathering := meeting.Meeting{ID: "reunion", Title: s.others, Words: s.others, Commune: "62473", Venue: meeting.Venue{Name: s.name}, Room: room}
	for _, kind := range []string{meeting.InviteKind, meeting.RemindKind} {
		for _, invite := range []meeting.Invite{{Person: m.jean.ID}, {Contact: m.marie.ID}} {
			add(kind, func(ctx context.Context, t *db.Tx, id string) error {
				l := meeting.InviteLetter{Kind: kind, ID: kind + "-" + id, Meeting: gathering, Invite: invite, Key: m.jean.ID, To: m.jean.Mail, Language: "fr"}
				if l.Invite.ID = id; invite.Contact != "" {
					l.Key, l.To = exchange.ContactKey(m.marie), m.marie.Mail
				}
				_, err := h.invitation(ctx, t, l)
				return err
			})
		}
	}
	add("meeting.thanks", func(ctx context.Context, t *db.Tx, id string) error {
		return h.thank(ctx, t, meeting.ThanksLetter{Meeting: gathering, Booking: party(id), Leads: []string{titleOf(one(id))}})
	})
	all = append(all, letterOf{kind: "meeting.thanks with minutes", act: func(ctx context.Context) error {
		start := m.now.Now().Add(48 * time.Hour).Truncate(time.Hour)
		list, faults, err := h.Meetings.Plan(ctx, byNadia(m), []meeting.Meeting{{
			Title: "Une journée", Words: "Un café", Territory: "artois", Commune: "62473", Venue: meeting.Venue{Name: "Salle des fêtes"}, Organiser: m.nadia.ID, Institution: account.CMA,
			Room: booking.Room{Seats: 12, Start: start, End: start.Add(time.Hour)},
		}})
		if err != nil || len(list) != 1 {
			return fmt.Errorf("%v, %w", faults, err)
		}
		id := list[0].ID
		if _, _, err := h.Meetings.WriteMinutes(ctx, meeting.Written{Meeting: id, Sections: []meeting.Section{{Title: "Tour de table", Text: "Chacun a parlé."}}, By: byNadia(m)}); err != nil {
			return err
		}
		if err := h.Meetings.ShowMinutes(ctx, byNadia(m), id, true); err != nil {
			return err
		}
		came := gathering
		came.ID = id
		return h.DB.Write(ctx, func(t *db.Tx) error {
			return h.thank(ctx, t, meeting.ThanksLetter{Meeting: came, Booking: party(id)})
		})
	}})
	for _, w := range []visit.Wish{{SIRET: garage}, {Trade: "boulanger"}, {SIRET: own}} {
		add("visit.wished", func(ctx context.Context, t *db.Tx, id string) error {
			w := w
			w.ID, w.Seats, w.Words, w.Name, w.Mail, w.Language, w.Person = id, 2, s.words, s.name, m.jean.Mail, "fr", m.jean.ID
			return h.visit(ctx, t, visit.Letter{Kind: "visit.wished", Wish: w, Token: "JETON"})
		})
	}
	for n := range 2 {
		add(demandKind, func(ctx context.Context, t *db.Tx, id string) error {
			line := demandLine(h.Words.For("fr"), m.nadia, n+1, "/animation/visites")
			line.ID = demandKind + " " + id
			return p.outbox.Later(ctx, t, line)
		})
	}
	slot := visit.Visit{ID: "creneau", Offer: offer, Room: room}
	add("visit.opened", func(ctx context.Context, t *db.Tx, _ string) error {
		return h.visit(ctx, t, visit.Letter{Kind: "visit.opened", Visit: slot, Wish: visit.Wish{SIRET: garage, Name: s.name, Mail: m.jean.Mail, Language: "fr", Person: m.jean.ID}})
	})
	add("visit.questions", func(ctx context.Context, t *db.Tx, id string) error {
		return h.visit(ctx, t, visit.Letter{Kind: "visit.questions", Visit: slot, Booking: party(id), Token: "JETON"})
	})
	for kind, of := range map[string]register.SIRET{"team.ask": own, "team.remind": own, "team.ask of a contact": third, "team.agreed": own, "team.no": garage, "team.silent": garage, "team.agree": 0} {
		add(kind, func(ctx context.Context, t *db.Tx, id string) error {
			project := &team.Project{ID: id, Owner: m.nadia.ID, Title: s.others, Words: s.others, Commune: "62473", Referent: garage}
			for _, f := range []register.SIRET{garage, own, third} {
				project.Places = append(project.Places, team.Place{SIRET: f, Answer: team.Yes, AnswerBy: until})
			}
			return h.team(ctx, t, team.Letter{Kind: firstWord(kind), Project: project, SIRET: of})
		})
	}
	return append(all,
		letterOf{kind: "profile.old", act: func(ctx context.Context) error { return p.remind(ctx, m.Accounts, m.Profiles) }},
		letterOf{kind: "need.search", act: func(ctx context.Context) error {
			m.now.Pass(48 * time.Hour)
			err := m.Needs.SaveSearch(ctx, account.Actor{Who: m.jean.ID, Channel: account.Web}, "sens=seek")
			if err != nil {
				return err
			}
			m.now.Pass(48 * time.Hour)
			_, faults, _, err := m.Needs.Post(ctx, exchange.Posting{SIRET: garage, Staff: true, Anyway: true, ForName: "eux", By: account.Actor{Who: m.nadia.ID, Channel: account.Phone}, Content: exchange.NeedContent{
				Direction: exchange.Seeking, Kind: exchange.Machine, Title: s.title, Words: s.words, Commune: "62473",
			}})
			if err != nil || len(faults) > 0 {
				return fmt.Errorf("%v, %w", faults, err)
			}
			return m.tellSearches(ctx)
		}})
}

// goOut lets two weeks pass: whatever waits goes, in its budget.
func (m *mailroom) goOut(t *testing.T) (went []mailtest.Received) {
	t.Helper()
	before := len(m.sink.Mails())
	m.now.Pass(14 * 24 * time.Hour)
	for _, lane := range []mail.Lane{mail.SignIn, mail.Bulk} {
		if err := m.Post.digests(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Post.outbox.SendDue(t.Context(), lane); err != nil {
			t.Fatal(err)
		}
	}
	return m.sink.Mails()[before:]
}

// posts posts a letter, in a transaction of its own.
func (m *mailroom) posts(t *testing.T, l letterOf, id string) {
	t.Helper()
	if l.act != nil {
		if err := l.act(t.Context()); err != nil {
			t.Fatalf("%s: %v", l.kind, err)
		}
		return
	}
	if err := m.DB.Write(t.Context(), func(tx *db.Tx) error { return l.post(t.Context(), tx, id) }); err != nil {
		t.Fatalf("%s: %v", l.kind, err)
	}
}

// firstWord is the kind of a letter of which there are several.
func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// byNadia is what nadia does on the phone.
func byNadia(m *mailroom) account.Actor {
	return account.Actor{Who: m.nadia.ID, Channel: account.Phone}
}
