package exchange

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/register"
)

// sentTo lists who a need was sent to, and how.
func (m *market) sentTo(need string) map[register.SIRET]string {
	m.t.Helper()
	out := map[register.SIRET]string{}
	err := m.DB.Read(m.t.Context(), func(tx *db.Tx) error {
		clear(out)
		list, err := invitationsWhere(m.t.Context(), tx, `need = $1`, need)
		for _, i := range list {
			out[i.SIRET] = i.State
		}
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return out
}

// A need goes to those who may be asked: not to its own enterprise, not to a
// masked person who did not join, not to who refused, not to who was asked this
// week; where nobody reads mails, a facilitator calls.
func TestBatchLeavesPeopleAlone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		amina, brochard, rem := m.member("amina@lys.fr", directorytest.Boulangerie), m.member("brochard@lys.fr", directorytest.Brochard), m.member("atelier@lys.fr", directorytest.Repair)
		m.refuse[rem] = true
		n := m.post(amina, directorytest.Boulangerie, saw())
		m.ranked = ranking{directorytest.Boulangerie, directorytest.Masked, directorytest.Repair, directorytest.Brochard, directorytest.Garage, 12345678900011}
		for range 2 { // two nodes, one after the other
			if err := m.SendBatches(ctx); err != nil {
				t.Fatal(err)
			}
		}
		want := map[register.SIRET]string{directorytest.Brochard: InvitationSent, directorytest.Garage: InvitationToCall}
		if got := m.sentTo(n.ID); len(got) != len(want) || got[directorytest.Brochard] != InvitationSent || got[directorytest.Garage] != InvitationToCall {
			t.Errorf("sent to %v, want %v", got, want)
		}
		if len(m.letters) != 1 || m.letters[0].Kind != "need.invite" || m.letters[0].Person != brochard {
			t.Errorf("letters %+v", m.letters)
		}
		if who, s, err := m.Bearer(ctx, n.ID, m.letters[0].Token); err != nil || who != brochard || s != directorytest.Brochard {
			t.Errorf("the link is of %s for %s, %v", who, s, err)
		}
		if err := m.Directory.Refresh(ctx); err != nil || m.Directory.Solicited(directorytest.Brochard) == 0 {
			t.Errorf("it does not count that Brochard was asked: %v", err)
		}
		other := saw()
		other.Title, other.Words, other.Kind = "Un fourgon", "Pour une journée", Vehicle
		second := m.post(amina, directorytest.Boulangerie, other)
		m.now.Pass(25 * time.Hour)
		if err := m.SendBatches(ctx); err != nil {
			t.Fatal(err)
		}
		if got := m.sentTo(second.ID); len(got) != 0 {
			t.Errorf("asked twice in a week: %v", got)
		}
		calls, err := m.ToCall(ctx)
		if err != nil || len(calls) != 1 || calls[0].SIRET != directorytest.Garage {
			t.Fatalf("to call: %+v, %v", calls, err)
		}
		if err := m.Called(ctx, account.Actor{Who: "nadia", Channel: account.Phone}, n.ID, directorytest.Garage); err != nil {
			t.Fatal(err)
		}
		if calls, err = m.ToCall(ctx); err != nil || len(calls) != 0 {
			t.Errorf("still to call: %+v, %v", calls, err)
		}
	})
}

// Who is known at a firm without account is written to, and answers by the
// link; not who objected, not where the register does not disclose the firm.
// Chosen, they are reached where they were written to.
func TestBatchWritesToContacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		amina := m.member("amina@lys.fr", directorytest.Boulangerie)
		nadia := &account.Person{ID: "nadia", Duties: []account.Duty{{Role: account.Facilitator, Institution: account.CMA}}}
		known := &contact.Contacts{DB: d, Clock: m.now, Directory: m.Directory, Places: m.Places}
		for s, c := range map[register.SIRET]contact.Contact{
			directorytest.Brochard: {Mail: "paul@brochard.fr", FamilyName: "Brochard"},
			directorytest.Garage:   {Mail: "non@garage.fr", FamilyName: "Petit", Answers: []contact.Answer{{Consent: contact.Refused, Day: "2026-11-02", Words: "Ne m’écrivez pas.", Way: contact.ByPhone}}},
			directorytest.Mutuelle: {Mail: "accueil@mutuelle.fr", FamilyName: "Leroy"},
			directorytest.Masked:   {Mail: "masque@lys.fr", FamilyName: "Durand"},
		} {
			c.SIRET = s
			if _, err := known.Save(ctx, account.Actor{Who: "nadia"}, nadia, c, contact.Origin{Source: "salon"}); err != nil {
				t.Fatal(err)
			}
		}
		n := m.post(amina, directorytest.Boulangerie, saw())
		m.letters, m.ranked = nil, ranking{directorytest.Masked, directorytest.Mutuelle, directorytest.Brochard, directorytest.Garage}
		if err := m.SendBatches(ctx); err != nil {
			t.Fatal(err)
		}
		want := map[register.SIRET]string{directorytest.Brochard: InvitationSent, directorytest.Mutuelle: InvitationToCall, directorytest.Garage: InvitationToCall}
		if got := m.sentTo(n.ID); !maps.Equal(got, want) {
			t.Errorf("sent to %v, want %v", got, want)
		}
		if len(m.letters) != 1 || m.letters[0].To != "paul@brochard.fr" || !m.letters[0].Contact {
			t.Fatalf("letters %+v", m.letters)
		}
		reader, s, err := m.Bearer(ctx, n.ID, m.letters[0].Token)
		if err != nil || s != directorytest.Brochard {
			t.Fatalf("the link: %s, %s, %v", reader, s, err)
		}
		i, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: s, By: account.Actor{Channel: account.Link}, Reader: reader})
		if err != nil || i.Person != reader {
			t.Fatalf("answered: %+v, %v", i, err)
		}
		m.kinds()
		if err := m.Choose(ctx, account.Actor{Who: amina}, n.ID, i.ID); err != nil {
			t.Fatal(err)
		}
		if len(m.letters) != 1 || m.letters[0].To != "paul@brochard.fr" || m.letters[0].Kind != "need.choose" {
			t.Errorf("once chosen: %+v", m.letters)
		}
		id, ok := ContactID(reader)
		if c, err := known.Reached(ctx, id); !ok || err != nil || c.Mail != "paul@brochard.fr" {
			t.Errorf("reached at %+v, %v", c, err)
		}
		if err := known.Remove(ctx, account.Actor{Who: "nadia"}, id); err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Bearer(ctx, n.ID, m.letters[0].Token); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the link of who was forgotten: %v", err)
		}
		if _, err := known.Reached(ctx, id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("who was forgotten is reached: %v", err)
		}
	})
}

// Batches are small, one a day, never at a week-end, and stop when as many are
// interested as are asked for.
func TestBatchesAreSmall(t *testing.T) {
	m, ctx := openMarket(t, dbtest.SQLite(t)), t.Context()
	who := m.member("amina@lys.fr", directorytest.Masked)
	n := m.post(who, directorytest.Masked, saw())
	m.ranked = ranking{
		directorytest.Boulangerie, directorytest.Brochard, directorytest.Charpentiers, directorytest.Repair, directorytest.Mutuelle, directorytest.Amina, directorytest.Garage, directorytest.Faraway,
	}
	send := func(want int) {
		t.Helper()
		if err := m.SendBatches(ctx); err != nil {
			t.Fatal(err)
		}
		if got := len(m.sentTo(n.ID)); got != want {
			t.Errorf("%s: sent to %d, want %d", m.now.Now().Format("Mon 15h"), got, want)
		}
	}
	m.now.Pass(4*24*time.Hour + 11*time.Hour) // Friday, 21 h at Paris
	send(0)
	m.now.Pass(11 * time.Hour) // Saturday, 8 h
	send(0)
	m.now.Pass(48 * time.Hour) // Monday, 8 h
	send(batchSize)
	m.now.Pass(3 * time.Hour)
	send(batchSize)
	for _, s := range firms(Seats) {
		if _, err := m.Interest(ctx, Answer{Need: n.ID, SIRET: s, By: account.Actor{Who: "x", Channel: account.Link}}); err != nil {
			t.Fatal(err)
		}
	}
	m.now.Pass(24 * time.Hour)
	send(batchSize) // six are interested
	if err := m.Withdraw(ctx, Answer{Need: n.ID, SIRET: firms(1)[0], By: account.Actor{Who: "x", Channel: account.Link}}); err != nil {
		t.Fatal(err)
	}
	send(8)
}

// Nodes that send at the same moment send once.
func TestBatchAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m := openMarket(t, d)
		amina := m.member("amina@lys.fr", directorytest.Boulangerie)
		n := m.post(amina, directorytest.Boulangerie, saw())
		m.ranked = ranking{directorytest.Brochard, directorytest.Charpentiers, directorytest.Repair, directorytest.Garage, directorytest.Amina, directorytest.Mutuelle, directorytest.Faraway}
		var nodes sync.WaitGroup
		for range 8 {
			nodes.Go(func() {
				if err := m.SendBatches(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		if got := len(m.sentTo(n.ID)); got != batchSize {
			t.Errorf("sent to %d, want %d", got, batchSize)
		}
	})
}

// A saved search tells what is new once, and ends by its link.
func TestSavedSearch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		amina, brochard := m.member("amina@lys.fr", directorytest.Boulangerie), m.member("brochard@lys.fr", directorytest.Brochard)
		by := account.Actor{Who: brochard, Channel: account.Web}
		for range 2 {
			if err := m.SaveSearch(ctx, by, "kind=machine&near=Isbergues&radius_km=20"); err != nil {
				t.Fatal(err)
			}
		}
		list, err := m.Searches(ctx, brochard)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d searches, %v", len(list), err)
		}
		var told []string
		tell := func() []string {
			t.Helper()
			told = nil
			m.now.Pass(25 * time.Hour)
			if err := m.TellSearches(ctx, func(_ context.Context, _ *db.Tx, s SavedSearch, n int, first *Need) error {
				told = append(told, first.Title)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return told
		}
		if got := tell(); len(got) != 0 {
			t.Errorf("nothing is new, told %v", got)
		}
		m.now.Pass(time.Minute)
		m.post(amina, directorytest.Boulangerie, saw())
		other := saw()
		other.Kind, other.Title, other.Words = Vehicle, "Un fourgon", "Une journée"
		m.post(amina, directorytest.Boulangerie, other)
		if got := tell(); !slices.Equal(got, []string{saw().Title}) {
			t.Errorf("told %v", got)
		}
		if got := tell(); len(got) != 0 {
			t.Errorf("told twice: %v", got)
		}
		for range 2 {
			if err := m.EndSearch(ctx, list[0].Token); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := m.Searches(ctx, brochard); err != nil || len(list) != 0 {
			t.Errorf("%d are left, %v", len(list), err)
		}
	})
}
