package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/register"
	"passerelle/internal/team"
)

// Everything known of somebody, as they take it away.
type (
	takenPerson struct {
		Mail        string          `json:"mail"`
		GivenName   string          `json:"given_name"`
		FamilyName  string          `json:"family_name"`
		Phone       string          `json:"phone"`
		Language    string          `json:"language"`
		CreatedAt   time.Time       `json:"created_at"`
		Duties      []takenDuty     `json:"duties"`
		Territories []string        `json:"territories"`
		Firms       []takenFirm     `json:"establishments"`
		Claims      []takenClaim    `json:"claims"`
		Sessions    []takenSession  `json:"sessions"`
		Keys        []takenKey      `json:"passkeys"`
		Identities  []takenWho      `json:"identities"`
		Contacts    []takenContact  `json:"known_before"`
		Activities  []takenActivity `json:"activities_without_siret"`
		Leads       []takenLead     `json:"leads"`
		Comments    []takenComment  `json:"said_of_leads"`
		Written     []takenWritten  `json:"written_of_cooperations"`
		Needs       any             `json:"needs_and_answers"`
		Teams       []takenTeam     `json:"teams"`
		Seats       []takenSeat     `json:"seats"`
		Invitations []takenInvite   `json:"invitations"`
		Mails       mail.Taken      `json:"mails"`
		Wishes      []takenWish     `json:"wishes_to_visit"`
		Takeaways   []takenNote     `json:"written_after_visits"`
		Agenda      *time.Time      `json:"own_agenda_since"` // when its address was made
		Acts        []takenAct      `json:"acts"`

		Introductions []takenIntroduction `json:"introductions"`
		Messages      []takenMessage      `json:"messages"`
		Verdicts      []takenVerdict      `json:"verdicts"`
	}
	takenDuty struct {
		Role        account.Role        `json:"role"`
		Institution account.Institution `json:"institution,omitempty"`
	}
	takenFirm struct {
		SIRET    string         `json:"siret"`
		Profile  any            `json:"profile"`
		Pictures []takenPicture `json:"pictures"`
		Labels   []takenLabel   `json:"labels"`
	}
	takenLabel struct {
		Label string    `json:"label"`
		Until clock.Day `json:"until"`
		State string    `json:"state"`
		Web   string    `json:"web,omitempty"`
		Proof []byte    `json:"proof,omitempty"` // in base64
	}
	takenPicture struct {
		Shows   string    `json:"shows"` // in words
		AddedAt time.Time `json:"added_at"`
		JPEG    []byte    `json:"jpeg"` // in base64
	}
	takenClaim struct {
		SIRET     string    `json:"siret"`
		State     string    `json:"state"`
		Reason    string    `json:"reason,omitempty"`
		CreatedAt time.Time `json:"created_at"`
	}
	takenSession struct {
		Device    string    `json:"device"`
		Method    string    `json:"method"`
		CreatedAt time.Time `json:"created_at"`
		SeenAt    time.Time `json:"seen_at"`
	}
	takenKey struct {
		Device    string    `json:"device"`
		CreatedAt time.Time `json:"created_at"`
	}
	takenWho struct {
		Issuer    string    `json:"issuer"`
		Subject   string    `json:"subject"`
		CreatedAt time.Time `json:"created_at"`
		SeenAt    time.Time `json:"seen_at"`
	}
	takenContact struct {
		SIRET     string        `json:"siret,omitempty"`
		Firm      string        `json:"firm"`
		Commune   string        `json:"commune"`
		GivenName string        `json:"given_name"`
		LastName  string        `json:"family_name"`
		Role      string        `json:"role"`
		Phone     string        `json:"phone"`
		Origins   []string      `json:"origins"` // source, day, note
		Answers   []takenAnswer `json:"answers"` // whether we may write
	}
	takenAnswer struct {
		Consent    contact.Consent `json:"may_we_write"` // 1 yes, 0 not asked, -1 no
		Day        clock.Day       `json:"day"`
		Words      string          `json:"words"`
		Way        contact.Way     `json:"way"`
		RecordedAt time.Time       `json:"recorded_at"`
	}
	takenTeam struct {
		Title     string     `json:"title"`
		Words     string     `json:"words"`
		State     team.State `json:"state"`
		CreatedAt time.Time  `json:"created_at"`
	}
	takenIntroduction struct {
		Seeker    string         `json:"seeker"`
		Wanted    string         `json:"wanted"`
		Words     string         `json:"words"`
		State     exchange.State `json:"state"`
		CreatedAt time.Time      `json:"created_at"`
	}
	takenMessage struct {
		At    time.Time `json:"at"`
		Words string    `json:"words"`
	}
	takenVerdict struct {
		Seeker    string    `json:"seeker"`
		Candidate string    `json:"candidate"`
		Reason    string    `json:"reason"`
		At        time.Time `json:"at"`
	}
	takenLead struct {
		Title     string     `json:"title"`
		Stage     lead.Stage `json:"stage"`
		CreatedAt time.Time  `json:"created_at"`
	}
	takenComment struct {
		Lead      string    `json:"lead"`
		Words     string    `json:"words"`
		Before    []string  `json:"said_before,omitempty"`
		CreatedAt time.Time `json:"created_at"`
	}
	takenWritten struct {
		Saw       string    `json:"did"`
		Takes     string    `json:"takes"`
		Brought   string    `json:"brought"`
		Signed    string    `json:"signed"`
		CreatedAt time.Time `json:"written_at"`
		Published bool      `json:"published"`
	}
	takenSeat struct {
		Reference string        `json:"reference"`
		State     booking.State `json:"state"`
		Seats     int           `json:"seats"`
		Name      string        `json:"name"`
		Phone     string        `json:"phone"`
		Party     booking.Party `json:"party"`
		CreatedAt time.Time     `json:"created_at"`
	}
	takenActivity struct {
		Name      string    `json:"name"`
		Commune   string    `json:"commune"`
		Trade     string    `json:"trade"`
		Words     string    `json:"words"`
		SIRET     string    `json:"siret,omitempty"`
		CreatedAt time.Time `json:"created_at"`
	}
	takenWish struct {
		What      string    `json:"what"`
		Seats     int       `json:"seats"`
		Words     string    `json:"words"`
		CreatedAt time.Time `json:"created_at"`
	}
	takenNote struct {
		Visit     string    `json:"visit"` // its id
		Saw       string    `json:"saw"`
		Takes     string    `json:"takes"`
		GoesOn    string    `json:"goes_on"`
		Signed    string    `json:"signed"`
		Published bool      `json:"published"`
		WrittenAt time.Time `json:"written_at"`
	}
	takenAct struct {
		At      time.Time       `json:"at"`
		Act     string          `json:"act"`
		Channel account.Channel `json:"channel"`
		Fields  []string        `json:"fields"`
	}
)

// takeAway gives somebody all that is known of them, for a program to read.
func (s *site) takeAway(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	all, err := s.taken(r, who)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="mes-donnees-passerelle.json"`)
	_, err = w.Write(append(text, '\n'))
	return err
}

// taken gathers all that is known of somebody.
func (s *site) taken(r *http.Request, who *account.Signed) (*takenPerson, error) {
	p := who.Person
	all := &takenPerson{
		Mail: p.Mail, GivenName: p.GivenName, FamilyName: p.FamilyName, Phone: p.Phone, Language: p.Language, CreatedAt: p.CreatedAt, Territories: p.Territories,
	}
	for _, d := range p.Duties {
		all.Duties = append(all.Duties, takenDuty(d))
	}
	for _, siret := range p.Memberships {
		f, err := s.takeFirm(r, siret)
		if err != nil {
			return nil, err
		}
		all.Firms = append(all.Firms, f)
	}
	claims, err := s.config.Accounts.ClaimsOf(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range claims {
		all.Claims = append(all.Claims, takenClaim{c.SIRET.String(), c.State, c.Reason, c.CreatedAt})
	}
	sessions, err := s.config.Accounts.Sessions(r.Context(), p.ID, who.Session)
	if err != nil {
		return nil, err
	}
	for _, v := range sessions {
		all.Sessions = append(all.Sessions, takenSession{v.Device, v.Method, v.CreatedAt, v.SeenAt})
	}
	keys, err := s.config.Accounts.Keys(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		all.Keys = append(all.Keys, takenKey{k.Name, k.CreatedAt})
	}
	identities, err := s.config.Accounts.Identities(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	for _, i := range identities {
		all.Identities = append(all.Identities, takenWho(i))
	}
	known, err := s.config.Contacts.Of(r.Context(), p.Mail)
	if err != nil {
		return nil, err
	}
	for _, c := range known {
		all.Contacts = append(all.Contacts, takeContact(c))
	}
	if err := s.takeMeetings(r, all, p.ID); err != nil {
		return nil, err
	}
	leads, err := s.config.Leads.Of(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	for _, one := range leads {
		all.Leads = append(all.Leads, takenLead{one.Title, one.Stage, one.CreatedAt})
	}
	comments, err := s.config.Leads.CommentsOf(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range comments {
		taken := takenComment{Lead: c.Lead, Words: c.Words, CreatedAt: c.At}
		for _, b := range c.Before {
			taken.Before = append(taken.Before, b.Words)
		}
		all.Comments = append(all.Comments, taken)
	}
	notes, err := s.config.Leads.WrittenBy(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range notes {
		all.Written = append(all.Written, takenWritten{n.Saw, n.Takes, n.Brought, n.Signed, n.WrittenAt, !n.PublishedAt.IsZero()})
	}
	activities, err := s.config.Accounts.ActivitiesOf(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	for _, v := range activities {
		taken := takenActivity{Name: v.Name, Commune: v.Commune, Trade: v.Trade, Words: v.Words, CreatedAt: v.CreatedAt}
		if v.SIRET != 0 {
			taken.SIRET = v.SIRET.String()
		}
		all.Activities = append(all.Activities, taken)
	}
	if all.Needs, err = s.config.Needs.Taken(r.Context(), p.ID); err != nil {
		return nil, err
	}
	teams, err := s.config.Projects.Projects(r.Context(), team.Filter{Owner: p.ID})
	if err != nil {
		return nil, err
	}
	for _, one := range teams {
		all.Teams = append(all.Teams, takenTeam{one.Title, one.Words, one.State, one.CreatedAt})
	}
	if all.Mails, err = s.config.Outbox.Taken(r.Context(), p.ID); err != nil {
		return nil, err
	}
	seats, err := s.config.Bookings.Of(r.Context(), p.ID, p.Mail)
	if err != nil {
		return nil, err
	}
	for _, b := range seats {
		all.Seats = append(all.Seats, takenSeat{b.Reference(), b.State, b.Seats, b.Name, b.Phone, b.Party, b.CreatedAt})
	}
	if all.Invitations, err = s.takeInvites(r, p); err != nil {
		return nil, err
	}
	wishes, written, err := s.config.Visits.Of(r.Context(), p.ID, p.Mail)
	if err != nil {
		return nil, err
	}
	for i := range wishes {
		all.Wishes = append(all.Wishes, takenWish{s.wishedWhat(r, &wishes[i]), wishes[i].Seats, wishes[i].Words, wishes[i].CreatedAt})
	}
	for _, k := range written {
		all.Takeaways = append(all.Takeaways, takenNote{k.Slot, k.Saw, k.Takes, k.GoesOn, k.Signed, !k.PublishedAt.IsZero(), k.WrittenAt})
	}
	since, err := s.config.Accounts.FeedSince(r.Context(), p.ID)
	if err != nil {
		return nil, err
	}
	if !since.IsZero() {
		all.Agenda = &since
	}
	for before := ""; ; {
		acts, err := s.config.Accounts.Acts(r.Context(), p.ID, before, 500)
		if err != nil {
			return nil, err
		}
		for _, a := range acts {
			all.Acts = append(all.Acts, takenAct{a.At, a.Act, a.By.Channel, a.Fields})
		}
		if len(acts) < 500 {
			break
		}
		before = acts[len(acts)-1].ID
	}
	return all, nil
}

// takeFirm is what an establishment of somebody says.
func (s *site) takeFirm(r *http.Request, siret register.SIRET) (takenFirm, error) {
	f := takenFirm{SIRET: siret.String()}
	said, err := s.config.Profiles.Profile(r.Context(), siret)
	if err != nil {
		return f, err
	}
	f.Profile = said.Content
	pictures, err := s.config.Profiles.Pictures(r.Context(), siret)
	if err != nil {
		return f, err
	}
	for _, k := range pictures {
		b, err := s.config.Profiles.PictureFile(r.Context(), siret, k.Hash, true)
		if err != nil {
			return f, err
		}
		f.Pictures = append(f.Pictures, takenPicture{k.Alt, k.At, b})
	}
	labels, err := s.config.Profiles.Labels(r.Context(), siret)
	if err != nil {
		return f, err
	}
	for _, k := range labels {
		proof, err := s.config.Profiles.LabelProof(r.Context(), k.ID)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return f, err
		}
		f.Labels = append(f.Labels, takenLabel{k.Slug, k.Until, k.State, k.Web, proof})
	}
	return f, nil
}

// takeMeetings adds what somebody asked, wrote and said of others.
func (s *site) takeMeetings(r *http.Request, all *takenPerson, person string) error {
	asked, said, err := s.config.Introductions.Of(r.Context(), person)
	if err != nil {
		return err
	}
	for _, m := range asked {
		k := takenIntroduction{Seeker: m.Seeker.String(), Wanted: m.Wanted.String(), State: m.State, CreatedAt: m.CreatedAt}
		if m.AskedBy == person {
			k.Words = m.Words // those of somebody else are theirs
		}
		all.Introductions = append(all.Introductions, k)
	}
	for _, m := range said {
		all.Messages = append(all.Messages, takenMessage{m.At, m.Words})
	}
	verdicts, err := s.config.Verdicts.Of(r.Context(), person)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		all.Verdicts = append(all.Verdicts, takenVerdict{v.Seeker.String(), v.Candidate.String(), v.Reason, v.At})
	}
	return nil
}

// takeContact is what facilitators knew of somebody before they had an account.
func takeContact(c *contact.Contact) takenContact {
	k := takenContact{Firm: c.Firm, Commune: c.Commune, GivenName: c.GivenName, LastName: c.FamilyName, Role: c.Role, Phone: c.Phone}
	if c.SIRET != 0 {
		k.SIRET = c.SIRET.String()
	}
	for _, o := range c.Origins {
		k.Origins = append(k.Origins, strings.TrimSpace(o.Source+" "+string(o.Since)+" "+o.Note))
	}
	for _, a := range c.Answers {
		k.Answers = append(k.Answers, takenAnswer{a.Consent, a.Day, a.Words, a.Way, a.RecordedAt})
	}
	return k
}
