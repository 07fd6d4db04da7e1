package account

import (
	"slices"

	"passerelle/internal/register"
)

// An Act is something that may be allowed: each route of the site names one.
type Act string

// The acts.
const (
	Look          Act = "look"           // pages without account
	SignIn        Act = "sign_in"        // ask for a link, use it
	OwnAccount    Act = "own_account"    // my space: sessions, preferences, my data
	OwnFirm       Act = "own_firm"       // speak for an establishment
	HoldFirm      Act = "hold_firm"      // let others in, take it out of the directory
	ClaimFirm     Act = "claim_firm"     // say that one is mine
	DecideClaims  Act = "decide_claims"  // of a territory
	DecideLabels  Act = "decide_labels"  // of a territory
	ActFor        Act = "act_for"        // do something for somebody, by phone or at a desk
	KeepContacts  Act = "keep_contacts"  // people known without account
	KeepLeads     Act = "keep_leads"     // what may become a cooperation
	Cooperate     Act = "cooperate"      // meet and cooperate, for an establishment
	PlanMeetings  Act = "plan_meetings"  // plan them, keep their door, read who comes
	MakeTeam      Act = "make_team"      // keep a team that was found
	RunTeam       Act = "run_team"       // ask its members, replace, withdraw
	HostVisits    Act = "host_visits"    // open a workshop to visitors, read who comes, answer them
	SeeDashboards Act = "see_dashboards" // of both institutions
	RunHouse      Act = "run_house"      // imports, users, mail queue, health
	PostNeed      Act = "post_need"      // a need or an offer of an establishment: post, change, close, choose
	AnswerNeed    Act = "answer_need"    // say that an establishment is interested, ask
	ModerateNeeds Act = "moderate_needs" // release or refuse what is held
)

// A Reach is on which objects a role may do an act.
type Reach uint8

// The reaches.
const (
	Nothing   Reach = iota
	Mine            // what is mine, or of an establishment I speak for
	Territory       // what lies in my territories, or was written by me
	House           // everything
)

// permissions is the one table of who may do what.
var permissions = map[Act]map[Role]Reach{
	Look:          {Visitor: House},
	SignIn:        {Visitor: House},
	OwnAccount:    {Member: Mine},
	OwnFirm:       {Member: Mine, Facilitator: Territory, Operator: House},
	HoldFirm:      {Member: Mine},
	ClaimFirm:     {Member: House},
	DecideClaims:  {Facilitator: Territory, Operator: House},
	DecideLabels:  {Facilitator: Territory, Operator: House},
	ActFor:        {Facilitator: Territory},
	KeepContacts:  {Facilitator: Territory},
	KeepLeads:     {Facilitator: Territory},
	Cooperate:     {Member: Mine, Facilitator: Territory},
	PlanMeetings:  {Facilitator: Territory},
	MakeTeam:      {Member: House},
	RunTeam:       {Member: Mine, Facilitator: Territory, Operator: House},
	HostVisits:    {Member: Mine, Facilitator: Territory},
	SeeDashboards: {Facilitator: House, Committee: House, Operator: House},
	RunHouse:      {Operator: House},
	PostNeed:      {Member: Mine, Facilitator: Territory},
	AnswerNeed:    {Member: Mine, Facilitator: Territory},
	ModerateNeeds: {Facilitator: Territory},
}

// Acts lists the acts of the table, in their order.
func Acts() []Act {
	var all []Act
	for a := range permissions {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}

// An Object is what an act is done to. The zero Object is something of no
// one's in no place, which only the reach House covers.
type Object struct {
	Person      string         // id of whose it is
	SIRET       register.SIRET // of the establishment it belongs to
	Territory   string         // slug of where it lies
	Scope       Scope
	Institution Institution // of who wrote it, where a Scope asks for it
}

// A Scope is who of the two institutions sees a note, a task or the origin of
// a contact.
type Scope string

// The scopes. Leads, meetings and cooperations are common and have none.
const (
	Both     Scope = ""            // the default
	OneHouse Scope = "institution" // the institution of who wrote it
	OnlyMine Scope = "mine"        // who wrote it
)

// May reports whether a person (nil for a visitor) may do an act to an object.
func May(p *Person, a Act, o Object) bool {
	if !inScope(p, o) {
		return false
	}
	for role, reach := range permissions[a] {
		if !p.Is(role) {
			continue
		}
		switch reach {
		case House:
			return true
		case Mine:
			if p != nil && (o.Person == p.ID || o.SIRET != 0 && slices.Contains(p.Memberships, o.SIRET)) {
				return true
			}
		case Territory:
			if p != nil && (len(p.Territories) == 0 || o.Person != "" && o.Person == p.ID || o.Territory != "" && slices.Contains(p.Territories, o.Territory)) {
				return true
			}
		}
	}
	return false
}

// MayAny reports whether there is any object to which a person may do an act:
// whether its page is shown at all.
func MayAny(p *Person, a Act) bool {
	for role, reach := range permissions[a] {
		if reach != Nothing && p.Is(role) {
			return true
		}
	}
	return false
}

// inScope reports whether the scope of an object lets a person see it.
func inScope(p *Person, o Object) bool {
	switch o.Scope {
	case Both:
		return true
	case OneHouse:
		return p != nil && p.Institution() != "" && p.Institution() == o.Institution
	case OnlyMine:
		return p != nil && p.ID == o.Person
	}
	return false
}
