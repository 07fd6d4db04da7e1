package mail

import (
	"fmt"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

func later(t *testing.T, o *Outbox, person string, n int) {
	t.Helper()
	for i := range n {
		w := Waiting{ID: fmt.Sprintf("%s-%d-%d", person, o.Clock.Now().Unix(), i), Person: person, Kind: "claim", Title: "Une demande à vérifier", Path: "/animation"}
		if err := o.DB.Write(t.Context(), func(tx *db.Tx) error { return o.Later(t.Context(), tx, w) }); err != nil {
			t.Fatal(err)
		}
	}
}

// One summary a week, with all that waited; a solicitation takes its place; who
// refuses gets none, and nothing of what waited.
func TestDigestBudget(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.Hold(paris("2026-11-23 10:00")) // a Monday
		o := &Outbox{DB: d, Clock: now}
		lines := map[string][]int{} // of each summary, by person
		send := func() int {
			t.Helper()
			n, err := o.SendDigests(t.Context(), func(_ *db.Tx, p Preference, w []Waiting) (Message, error) {
				lines[p.Person] = append(lines[p.Person], len(w))
				m := sample()
				m.Unsubscribe = "https://passerelle.example/ne-plus-recevoir/" + p.Token
				return m, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		later(t, o, "amina", 3)
		later(t, o, "jean", 1)
		later(t, o, "luc", 2)
		if n := send(); n != 0 {
			t.Errorf("on a Monday %d summaries went", n)
		}
		post(t, o, Posted{ID: "ask", Person: "jean", Class: Solicitation, Message: sample()})
		wish, err := o.Preference(t.Context(), "luc")
		if err != nil {
			t.Fatal(err)
		}
		wish.Digest = false
		if err := o.Choose(t.Context(), wish, OnPage, "Le résumé : oui"); err != nil {
			t.Fatal(err)
		}
		now.Pass(24 * time.Hour) // Tuesday at 10
		later(t, o, "amina", 1)  // for the week after
		for range 3 {            // every node asks, again and again
			send()
		}
		if len(lines["amina"]) != 1 || lines["amina"][0] != 3 || len(lines["jean"]) != 0 || len(lines["luc"]) != 0 {
			t.Errorf("the first week: %v", lines)
		}
		now.Pass(7 * 24 * time.Hour)
		later(t, o, "luc", 1)
		send()
		send()
		if len(lines["amina"]) != 2 || lines["amina"][1] != 1 || len(lines["jean"]) != 1 || len(lines["luc"]) != 0 {
			t.Errorf("the second week: %v", lines)
		}
		box, err := o.Mailbox(t.Context(), "", 20)
		if err != nil {
			t.Fatal(err)
		}
		perWeek := map[string]int{}
		for _, m := range box {
			if m.Class != Answer {
				perWeek[m.ID]++
			}
		}
		if len(box) != 4 || len(perWeek) != 4 { // one question, three summaries
			t.Errorf("%d mails: %v", len(box), perWeek)
		}
	})
}

// Who wishes no question gets none, and what waited does not go.
func TestUnwished(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.Hold(paris("2026-11-28 22:00"))
		o := &Outbox{DB: d, Clock: now}
		post(t, o, Posted{ID: "before", Person: "amina", Class: Solicitation, Message: sample()})
		p, err := o.Preference(t.Context(), "amina")
		if err != nil {
			t.Fatal(err)
		}
		again, err := o.PreferenceByToken(t.Context(), p.Token)
		if err != nil || again.Person != "amina" || !again.Solicitation {
			t.Fatalf("by its link: %+v, %v", again, err)
		}
		again.Solicitation = false
		if err := o.Choose(t.Context(), again, ByButton, ""); err != nil {
			t.Fatal(err)
		}
		post(t, o, Posted{ID: "after", Person: "amina", Class: Solicitation, Message: sample()})
		post(t, o, Posted{ID: "answer", Person: "amina", Class: Answer, Message: sample()})
		box, err := o.Mailbox(t.Context(), "", 10)
		if err != nil || len(box) != 1 || box[0].ID != "answer" {
			t.Errorf("what waits: %+v, %v", box, err)
		}
	})
}

func TestDigestDue(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-24 09:00": "2026-11-24 09:00", "2026-11-24 08:59": "2026-11-17 09:00", "2026-11-30 23:00": "2026-11-24 09:00",
		"2026-03-31 10:00": "2026-03-31 09:00", "2026-03-30 10:00": "2026-03-24 09:00",
	} {
		if got := DigestDue(paris(at)); !got.Equal(paris(want)) {
			t.Errorf("DigestDue(%s) = %v, want %s", at, got.In(clock.Paris), want)
		}
	}
}
