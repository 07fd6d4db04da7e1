// Package account knows people: who they are, what they may do, and who did
// what for whom.
package account

// A Channel is the way by which an act came in.
type Channel string

// The channels.
const (
	Web     Channel = "web"     // on a page of the product
	Link    Channel = "link"    // by a signed link in a mail, no account
	Phone   Channel = "phone"   // a facilitator, for someone on the phone
	Desk    Channel = "desk"    // a facilitator, for someone at a desk
	API     Channel = "api"     // another program
	Command Channel = "command" // the operator's command line
	System  Channel = "system"  // the product itself: a clock, an import
)

// An Actor is who does an act, for whom, and how it came in. Every act of the
// product carries one, so that a page can say who did it for whom.
type Actor struct {
	Who     string // id of the person, or the operator's login for a command
	For     string // id of the person it is done for; empty when for oneself
	Channel Channel
}

// Self reports whether the act is done by the person it concerns.
func (a Actor) Self() bool { return a.For == "" || a.For == a.Who }
