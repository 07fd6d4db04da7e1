package app

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
	"passerelle/internal/meeting"
	"passerelle/internal/visit"
)

var updateLetters = flag.Bool("update", false, "write the golden files anew")

// A written is a letter of the house, under the kind that it is posted with.
type written struct {
	kind string
	mail.Letter
}

// written are the letters of the house in a language.
func (h *house) written(words *locale.Language) (all []written) {
	add := func(kind string, l mail.Letter) { all = append(all, written{kind, l}) }
	until := time.Date(2026, 11, 30, 16, 30, 0, 0, time.UTC)
	p := h.Post

	add("signin", p.signIn(words, account.Letter{Token: "JETON", Until: until}))
	for _, kind := range []string{"claim.approve", "claim.refuse"} {
		add(kind, p.decided(words, account.Letter{Kind: kind, Claim: &account.Claim{ID: "demande", SIRET: directorytest.Garage, Reason: "Le nom n’est pas celui du Kbis."}}))
	}
	add("membership.invite", p.invited(words, account.Letter{SIRET: directorytest.Garage, Token: "JETON", Until: until}))
	add("account.unused", p.unused(words, account.Letter{Until: until}))

	need := &exchange.Need{ID: "annonce", SIRET: directorytest.Brochard}
	need.Title, need.ReplyBy = "Scie à format pour deux jours", "2026-12-04"
	for _, kind := range []string{"need.release", "need.refuse", "need.question", "need.answer", "need.choose", "need.ask", "need.invite", "need.over", "need.interest", "pool.reached", "pool.missed", "pool.extend", "pool.group", "pool.close"} {
		add(kind, p.needLetter(words, exchange.NeedLetter{Kind: kind, Need: need, SIRET: directorytest.Garage, Words: "Quarante panneaux.", Token: "JETON"}))
	}

	for _, state := range []exchange.State{exchange.Asked, exchange.Accepted} {
		i := &exchange.Introduction{ID: "rencontre", Seeker: directorytest.Brochard, Wanted: directorytest.Garage, State: state}
		add("introduction.poke "+string(state), p.poking(words, exchange.IntroductionLetter{Introduction: i, Side: exchange.Wanted, Token: "JETON"}))
	}
	for _, state := range []exchange.State{exchange.Accepted, exchange.Declined, exchange.Postponed} {
		i := &exchange.Introduction{ID: "rencontre", Seeker: directorytest.Brochard, Wanted: directorytest.Garage, State: state, Reason: "busy"}
		add("introduction.answer "+string(state), p.answering(words, exchange.IntroductionLetter{Introduction: i, Side: exchange.Seeker, Token: "JETON"}))
	}

	one := &lead.Lead{ID: "piste", Title: "Rénover la cuisine de l’école"}
	for kind, n := range map[string]lead.News{
		"lead.hand":         {Leads: []*lead.Lead{one, {ID: "autre", Title: "Chutes de bois"}}, Person: "marc"},
		"lead.mention":      {Leads: []*lead.Lead{one}, Person: "marc", Words: "@marc, à toi."},
		"lead.ask":          {Leads: []*lead.Lead{one}, Person: "marc"},
		"lead.ask to firms": {Leads: []*lead.Lead{one}, SIRET: directorytest.Garage, Token: "JETON"},
	} {
		n.Kind, _, _ = strings.Cut(kind, " ")
		l, _ := p.leadLetter(words, n, "Nadia Martin")
		add(kind, l)
	}

	room := booking.Room{Seats: 12, Start: time.Date(2026, 12, 10, 8, 30, 0, 0, time.UTC), End: time.Date(2026, 12, 10, 10, 0, 0, 0, time.UTC)}
	for _, what := range []string{"confirmed", "waiting", "offered", "asked", "cancelled", "refused", "lapsed", "called_off", "changed", "moved", "reinstated", "reminder"} {
		state := booking.State(what)
		if strings.Contains("changed moved reinstated reminder", what) {
			state = booking.Confirmed
		}
		b := booking.Booking{ID: "0123456789abcdefghjkmnpqrs", State: state, Seats: 2, Held: 2, Expires: until}
		add("booking."+what, h.seatLetter(words, booking.Letter{Kind: "booking." + what, Room: room, Booking: b, Position: 3}, occasion{"Se connaître", "Salle des fêtes, Isbergues", "/reunions"}))
	}
	for _, kind := range []string{meeting.InviteKind, meeting.RemindKind} {
		m := meeting.Meeting{ID: "reunion", Title: "Se connaître", Words: "Un café, puis chacun dit ce qu’il cherche.", Commune: "62473", Room: room}
		add(kind, h.invitationLetter(words, meeting.InviteLetter{Kind: kind, Meeting: m, Invite: meeting.Invite{ID: "invitation"}}))
	}
	v := visit.Visit{ID: "creneau", Offer: visit.Offer{SIRET: directorytest.Garage, Title: "Le banc de freinage"}, Room: room}
	add("visit.opened", h.openedLetter(words, visit.Letter{Visit: v}))
	add("visit.questions", h.questionsLetter(words, visit.Letter{Visit: v, Token: "JETON"}))
	return all
}

// links that the house signs with its own secret are not the same twice.
var links = regexp.MustCompile(`/(ma-place|invitation-reunion)/[^\s#]+`)

// Each letter says what it said, in both languages, and leads first to the one
// thing it asks to do.
func TestLetters(t *testing.T) {
	h := houseOn(t, "sqlite")
	for _, code := range []string{"fr", "en"} {
		byKind := map[string]string{}
		for _, l := range h.written(h.Words.For(code)) {
			m, _, err := h.Post.outbox.Opened(t.Context(), h.Post.message(l.Letter, "amina@lys.example"))
			if err != nil {
				t.Fatalf("%s: %v", l.kind, err)
			}
			if m.Subject == "" || m.HTML == "" || len([]rune(m.Subject)) > 90 || strings.Contains(m.Text+m.Subject, "⟦") {
				t.Errorf("%s in %s: subject %q\n%s", l.kind, code, m.Subject, m.Text)
			}
			byKind[l.kind] = links.ReplaceAllString(fmt.Sprintf("%s\n%s\n", m.Subject, m.Text), "/$1/LIEN")
		}
		for kind, got := range byKind {
			file := filepath.Join("testdata", "letters", strings.ReplaceAll(kind, " ", "-")+"."+code+".txt")
			if *updateLetters {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s is not what the house writes; go test ./internal/app -run TestLetters -update writes it anew\n%s", file, diff)
			}
		}
		if files, err := filepath.Glob("testdata/letters/*." + code + ".txt"); err != nil || len(files) != len(byKind) {
			t.Errorf("%d files for %d letters, %v", len(files), len(byKind), err)
		}
	}
}
