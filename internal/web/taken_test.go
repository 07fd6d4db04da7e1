package web

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// takenUnder tells, of each column that may hold a person, under which key they
// take it away, or why they do not. A key is one of the file of
// /mon-espace/donnees.json; a reason has spaces.
var takenUnder = map[string]string{
	"agenda_feed.person":              "own_agenda_since",
	"activity.person":                 "activities_without_siret",
	"booking.person":                  "seats",
	"claim.person":                    "claims",
	"contact_consent.author":          "who wrote an answer down is told to colleagues; the answer is the contact's",
	"mail_choice.person":              "mails",
	"contact_origin.author":           "who brought a contact is told to colleagues; the contact is not theirs",
	"identity.person":                 "identities",
	"lead.owner":                      "leads",
	"mail_item.person":                "mails",
	"mail_outbox.person":              "mails",
	"mail_preference.person":          "mails",
	"mail_refusal.person":             "mails",
	"membership.person":               "establishments",
	"need.who":                        "needs_and_answers",
	"need_interest.person":            "needs_and_answers",
	"need_question.person":            "needs_and_answers",
	"need_search.person":              "needs_and_answers",
	"need.reply_by":                   "a civil day: the last to answer",
	"pool_joiner.person":              "needs_and_answers",
	"visit_wish.person":               "wishes_to_visit",
	"visit_takeaway.person":           "written_after_visits",
	"visit_offer.made_by":             "the act is in acts; the offer is of the establishment",
	"team.owner":                      "teams",
	"team_event.who":                  "the act is in acts; the event is of the team",
	"passkey.person":                  "passkeys",
	"person_role.person":              "duties",
	"person_territory.person":         "territories",
	"session.person":                  "sessions",
	"profile_picture.who":             "establishments",
	"profile_label.who":               "establishments",
	"audit_entry.who":                 "acts",
	"audit_entry.on_behalf":           "acts",
	"booking_mark.who":                "the act is in acts; the mark is about who came",
	"booking.made_by":                 "the act is in acts; the booking is of who comes",
	"claim.decided_by":                "the act is in acts; the claim is of the claimer",
	"profile_label.decided_by":        "the act is in acts; the label is of the establishment",
	"profile_label.for_name":          "a name written by a facilitator, tied to no account",
	"profile_revision.who":            "the act is in acts; what it said before is the establishment's",
	"profile_revision.for_name":       "a name written by a facilitator, tied to no account",
	"need.for_name":                   "a name written by a facilitator, tied to no account",
	"contact_import.author":           "the file is of the people in it, and lives a day",
	"cooperation.declared_by":         "the act is in acts; the cooperation is of the establishments",
	"cooperation_party.who":           "the act is in acts; the answer is the establishment's",
	"establishment_overlay.who":       "the act is in acts",
	"establishment_overlay.on_behalf": "the act is in acts",
	"lead_comment.who":                "said_of_leads",
	"cooperation_note.who":            "written_of_cooperations",
	"cooperation_note_yes.who":        "the act is in acts; the wish is the establishment's",
	"lead_document.who":               "the act is in acts; the paper is the lead's",
	"lead_mention.whom":               "called in the words of a colleague, which are theirs; the mail is under mails",
	"lead_change.who":                 "the act is in acts; the note is about a lead",
	"meeting_minutes_revision.who":    "the act is in acts; the minutes are the meeting's",
	"meeting.organiser":               "an act of their duty: the meeting is public, with its organiser",
	"erasure.person":                  "only of who is there no more",
	"signin_link.invited_by":          "the act is in acts; the link is of who was invited",
	"introduction.asked_by":           "introductions",
	"introduction.backed_by":          "the act is in acts; the introduction is of two firms",
	"introduction.answered_by":        "introductions",
	"introduction_message.author":     "messages",
	"verdict.person":                  "verdicts",
	"meeting_invite.person":           "invitations",
	"meeting_invite.made_by":          "the act is in acts; the invitation is of who was invited",
}

// holdsPerson tells a column that may hold a person by its name, or by what
// the schema says of it.
var (
	holdsPerson = regexp.MustCompile(`^(person|who|author|owner|organiser|on_behalf|for_name|[a-z]+_by)$`)
	saysPerson  = regexp.MustCompile(`-- .*\bid of (a|the) (person|facilitator|member)`)
	columnLine  = regexp.MustCompile(`(?:^\t|, )([a-z_]+)\s+TEXT\b`)
)

// Everything known of a person is given to them: no column that may hold one
// is forgotten when a table is added.
func TestEveryColumnOfAPersonIsTakenAway(t *testing.T) {
	schema, err := os.ReadFile("../../docs/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	var table string
	found := map[string]bool{}
	for line := range strings.Lines(string(schema)) {
		if name, ok := strings.CutPrefix(line, "CREATE TABLE "); ok {
			table, _, _ = strings.Cut(name, " ")
		}
		for _, m := range columnLine.FindAllStringSubmatch(line, -1) {
			if holdsPerson.MatchString(m[1]) || saysPerson.MatchString(line) {
				found[table+"."+m[1]] = true
			}
		}
	}
	if len(found) < 40 {
		t.Fatalf("only %d columns were found", len(found))
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		keys := k.speaker("amina@lys.fr", delattre).do("GET", "/mon-espace/donnees.json", nil).body
		for column := range found {
			to, ok := takenUnder[column]
			switch {
			case !ok:
				t.Errorf("%s may hold a person: take it away (page_erase.go), or say here why not", column)
			case !strings.Contains(to, " ") && !strings.Contains(keys, "\n  \""+to+"\": "):
				t.Errorf("%s is said to be under %q, which the file does not have", column, to)
			}
		}
	})
	for column := range takenUnder {
		if !found[column] {
			t.Errorf("%s is not in the schema any more: remove it", column)
		}
	}
}

// textColumns returns the columns of the schema that hold text, by table.
func textColumns(t *testing.T) map[string][]string {
	t.Helper()
	schema, err := os.ReadFile("../../docs/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	var table string
	for line := range strings.Lines(string(schema)) {
		if name, ok := strings.CutPrefix(line, "CREATE TABLE "); ok {
			table, _, _ = strings.Cut(name, " ")
		}
		for _, m := range columnLine.FindAllStringSubmatch(line, -1) {
			out[table] = append(out[table], m[1])
		}
	}
	return out
}
