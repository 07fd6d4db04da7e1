package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/register"
)

// A posted mail as the outbox holds it.
type posted struct {
	kind, state, text string
	due               time.Time
}

func outbox(t *testing.T, h *house, to string) (list []posted) {
	t.Helper()
	err := h.DB.Read(t.Context(), func(tx *db.Tx) (err error) {
		list, err = db.All(t.Context(), tx, func(r *db.Row) (p posted, err error) {
			var due int64
			err = r.Scan(&p.kind, &p.state, &p.text, &due)
			p.due = db.Time(due)
			return p, err
		}, `SELECT kind, state, message, due_at FROM mail_outbox WHERE recipient = $1 AND kind LIKE 'lead.%' ORDER BY created_at, id`, to)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Who is asked on a Saturday where a lead stands gets the mail on Monday; a
// second mail that asks something waits for the week; what still waits when
// the lead ends is taken back; who chose not to be asked reads it in the
// summary.
func TestLeadMailsKeepTheBudget(t *testing.T) {
	now := clock.Hold(time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)) // a Saturday
	h := houseAt(t, "sqlite", now)
	ctx := t.Context()
	people := map[string]*account.Person{}
	for _, name := range []string{"nadia", "marc"} {
		if _, err := h.Accounts.Add(ctx, account.Actor{Channel: account.Command}, account.NewPerson{Mail: name + "@cma.example", Duty: account.Duty{Role: account.Facilitator, Institution: account.CMA}, Territories: []string{"artois"}}); err != nil {
			t.Fatal(err)
		}
	}
	staff, err := h.Accounts.Staff(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range staff {
		name, _, _ := strings.Cut(p.Mail, "@")
		people[name] = p
	}
	nadia := account.Actor{Who: people["nadia"].ID, Channel: account.Web}
	l, err := h.Leads.Add(ctx, nadia, lead.Lead{Title: "Bois de palettes", Territory: "artois", Owner: people["marc"].ID, Parties: []register.SIRET{directorytest.Garage}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Leads.Ask(ctx, nadia, l.ID, true); !errors.Is(err, lead.ErrUnreached) {
		t.Errorf("a firm without anybody: %v", err)
	}
	if err := h.Leads.Ask(ctx, nadia, l.ID, false); err != nil {
		t.Fatal(err)
	}
	list := outbox(t, h, "marc@cma.example")
	if len(list) != 1 || !list[0].due.Equal(time.Date(2026, 11, 30, 7, 0, 0, 0, time.UTC)) || !strings.Contains(list[0].text, "/pistes/"+l.ID) {
		t.Fatalf("asked: %+v", list)
	}
	now.Pass(time.Minute)
	if _, err := h.Leads.Say(ctx, lead.Said{Lead: l.ID, Words: "Tu as leur numéro ?", Call: []string{people["marc"].ID}, By: nadia}); err != nil {
		t.Fatal(err)
	}
	if list = outbox(t, h, "marc@cma.example"); len(list) != 2 || list[1].due.Sub(list[0].due) < 7*24*time.Hour || !strings.Contains(list[1].text, "leur num") {
		t.Fatalf("called: %+v", list)
	}
	l.Stage, l.Reason = lead.Dropped, "silence"
	if _, err := h.Leads.Change(ctx, lead.Change{Lead: *l, By: nadia}); err != nil {
		t.Fatal(err)
	}
	if list := outbox(t, h, "marc@cma.example"); len(list) != 1 || list[0].kind != "lead.mention" {
		t.Errorf("after it ended: %+v", list)
	}
	wish, err := h.Post.outbox.Preference(ctx, people["marc"].ID)
	if err != nil {
		t.Fatal(err)
	}
	wish.Solicitation = false
	if err := h.Post.outbox.Choose(ctx, wish, mail.OnPage, ""); err != nil {
		t.Fatal(err)
	}
	other, err := h.Leads.Add(ctx, nadia, lead.Lead{Title: "Un four à partager", Territory: "artois", Owner: nadia.Who})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := h.Leads.HandOver(ctx, people["nadia"], account.Web, []string{other.ID}, people["marc"].ID); err != nil || got.Given != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	var title string
	if err := h.DB.Read(ctx, func(tx *db.Tx) error {
		return tx.One(ctx, []any{&title}, `SELECT title FROM mail_item WHERE person = $1 AND kind = 'lead.hand'`, people["marc"].ID)
	}); err != nil || !strings.Contains(title, "confiée") {
		t.Errorf("in the summary: %q, %v", title, err)
	}
}
