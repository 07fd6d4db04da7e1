package meeting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/mail"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A bureau is where facilitators invite from.
type bureau struct {
	*Invitations
	t        *testing.T
	now      *clock.Held
	accounts *account.Accounts
	nadia    *account.Person
	letters  []InviteLetter
	mu       sync.Mutex
}

var facilitator = []account.Duty{{Role: account.Facilitator, Institution: account.CMA}}

func openBureau(t *testing.T, d *db.DB) *bureau {
	t.Helper()
	dir := t.TempDir()
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	now := clock.Hold(monday)
	x, err := directory.Open(context.Background(), directory.Config{Dir: dir, Places: places, Trades: trades, DB: d, Clock: now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	b := &bureau{t: t, now: now, nadia: &account.Person{ID: "nadia", Duties: facilitator}}
	outbox := &mail.Outbox{DB: d, Clock: now}
	b.accounts = &account.Accounts{DB: d, Clock: now, Send: func(context.Context, *db.Tx, account.Letter) error { return nil }}
	seats := &booking.Bookings{DB: d, Clock: now, Secret: []byte("s"), Tell: func(ctx context.Context, tx *db.Tx, l booking.Letter) error {
		return b.Booked(ctx, tx, &l.Booking)
	}}
	b.Invitations = &Invitations{
		DB: d, Clock: now, Directory: x, Trades: trades, Places: places, Outbox: outbox, Secret: []byte("s"),
		Meetings: &Meetings{DB: d, Clock: now, Bookings: seats},
		Contacts: &contact.Contacts{DB: d, Clock: now, Directory: x, Places: places, Secret: []byte("s")},
		Send: func(ctx context.Context, tx *db.Tx, l InviteLetter) (bool, error) {
			b.mu.Lock()
			b.letters = append(b.letters, l)
			b.mu.Unlock()
			return true, outbox.Post(ctx, tx, mail.Posted{ID: l.ID, Person: l.Key, Class: mail.Solicitation, Kind: l.Kind, Message: mail.Message{To: l.To}})
		},
	}
	return b
}

// know keeps a contact and returns their id.
func (b *bureau) know(name, address string, s register.SIRET, more contact.Contact) string {
	b.t.Helper()
	c := more
	c.FamilyName, c.Mail, c.SIRET = name, address, s
	if c.Territory == "" {
		c.Territory = "artois"
	}
	id, err := b.Contacts.Save(b.t.Context(), nadia, b.nadia, c, contact.Origin{Source: "salon de 2025"})
	if err != nil {
		b.t.Fatal(err)
	}
	b.now.Pass(time.Millisecond) // ids follow the clock: who is known first is the first
	return id
}

// open plans and publishes a meeting and some sisters.
func (b *bureau) open(days ...int) []Meeting {
	b.t.Helper()
	var list []Meeting
	for i, day := range days {
		m := planned([]string{"artois", "calaisis", "boulonnais"}[i], day)
		m.State = Published
		list = append(list, m)
	}
	list, faults, err := b.Meetings.Plan(b.t.Context(), nadia, list)
	if err != nil {
		b.t.Fatalf("%v, %v", faults, err)
	}
	return list
}

// judged returns how each person would be invited, or why not, by name.
func (b *bureau) judged(m Meeting, f InviteFilter) map[string]string {
	b.t.Helper()
	list, err := b.Candidates(b.t.Context(), b.nadia, &m, f)
	if err != nil {
		b.t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range list {
		got[c.Name] = strings.TrimSpace(string(c.Way) + " " + string(c.Why))
	}
	return got
}

func (b *bureau) invite(m Meeting, keys ...string) []Invite {
	b.t.Helper()
	made, err := b.Invite(b.t.Context(), Inviting{Meeting: m.ID, Who: b.nadia, Keys: keys, By: nadia})
	if err != nil {
		b.t.Fatal(err)
	}
	return made
}

func TestHardCase21EachPersonOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		m := b.open(20)[0]
		b.know("Delattre", "paul@lys.fr", directorytest.Boulangerie, contact.Contact{})
		b.know("Delattre Paul", "PAUL@lys.fr", 0, contact.Contact{})
		b.know("Wacheux", "", 0, contact.Contact{Phone: "03 21 00 00 00"})
		b.know("Wacheux", "", 0, contact.Contact{Phone: "03 21 00 00 00"})
		b.know("Amina", "amina@lys.fr", directorytest.Amina, contact.Contact{Phone: "06 00 00 00 00"})
		if _, err := b.accounts.Add(t.Context(), nadia, account.NewPerson{Mail: "amina@lys.fr"}); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"Delattre": "mail", "Wacheux": "phone", "amina@lys.fr": "mail"}
		if diff := cmp.Diff(want, b.judged(m, InviteFilter{})); diff != "" {
			t.Error(diff)
		}
		list, err := b.Candidates(t.Context(), b.nadia, &m, InviteFilter{Who: "members"})
		if err != nil || len(list) != 1 || list[0].Phone != "06 00 00 00 00" || list[0].SIRET != directorytest.Amina || list[0].Origin != "salon de 2025" {
			t.Errorf("the member has what the contact knew: %+v, %v", list, err)
		}
	})
}

func TestHardCase18WhyNot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		ms := b.open(20, 22)
		ctx := t.Context()
		keys := map[string]string{}
		for _, p := range []struct {
			name  string
			siret register.SIRET
			more  contact.Contact
		}{
			{"libre", directorytest.Brochard, contact.Contact{}},
			{"refuse", 0, contact.Contact{Answers: []contact.Answer{{Consent: contact.Refused, Day: "2026-11-01", Words: "Ne m’écrivez pas", Way: "phone"}}}},
			{"statut-p", directorytest.Masked, contact.Contact{Phone: "03 21 00 00 01"}},
			{"cachee", directorytest.Garage, contact.Contact{}},
			{"ne-veut-pas", 0, contact.Contact{}},
			{"revenu", directorytest.Boulangerie, contact.Contact{}},
			{"semaine", 0, contact.Contact{}},
			{"inscrit", 0, contact.Contact{}},
			{"decline", 0, contact.Contact{}},
		} {
			keys[p.name] = "contact-" + b.know(p.name, p.name+"@lys.fr", p.siret, p.more)
		}
		keys["papier"] = "contact-" + b.know("papier", "", directorytest.Charpentiers, contact.Contact{Phone: "03 21 00 00 02"})
		if err := b.Directory.Hide(ctx, directory.Act{Who: "x"}, directorytest.Garage, "objection"); err != nil {
			t.Fatal(err)
		}
		if err := b.Directory.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		wish, err := b.Outbox.Preference(ctx, keys["ne-veut-pas"])
		if err != nil {
			t.Fatal(err)
		}
		wish.Solicitation = false
		if err := b.Outbox.Choose(ctx, wish, mail.ByLink, "Ne plus rien me demander"); err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			id := fmt.Sprint("mail-", n)
			if err := d.Write(ctx, func(tx *db.Tx) error {
				return b.Outbox.Post(ctx, tx, mail.Posted{ID: id, Person: keys["revenu"], Class: mail.Answer, Message: mail.Message{To: "revenu@lys.fr"}})
			}); err != nil {
				t.Fatal(err)
			}
			if err := b.Outbox.Refused(ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Write(ctx, func(tx *db.Tx) error {
			return b.Outbox.Post(ctx, tx, mail.Posted{Person: keys["semaine"], Class: mail.Solicitation, Message: mail.Message{To: "semaine@lys.fr"}})
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Meetings.Bookings.Book(ctx, booking.Ask{Room: ms[1].ID, Name: "inscrit", Mail: "inscrit@lys.fr", By: nadia}); err != nil {
			t.Fatal(err)
		}
		made := b.invite(ms[1], keys["decline"])
		if len(made) != 1 {
			t.Fatalf("%d invitations", len(made))
		}
		for range 2 {
			if err := b.Decline(ctx, account.Actor{Channel: account.Link}, made[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string]string{
			"libre": "mail", "refuse": "refused", "statut-p": "masked", "cachee": "objected", "ne-veut-pas": "unwished", "revenu": "letter unreached",
			"semaine": "week", "inscrit": "registered", "decline": "declined", "papier": "letter",
		}
		if diff := cmp.Diff(want, b.judged(ms[0], InviteFilter{})); diff != "" {
			t.Error(diff)
		}
		all := make([]string, 0, len(keys))
		for _, k := range keys {
			all = append(all, k)
		}
		before := len(b.letters)
		if made := b.invite(ms[0], all...); len(made) != 3 || len(b.letters) != before+1 {
			t.Errorf("%d invitations, %d mails: the press holds to what the list says", len(made), len(b.letters)-before)
		}
		if err := b.Directory.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		if b.Directory.Solicited(directorytest.Brochard) == 0 {
			t.Error("the firm of who was invited is not known to be solicited")
		}
		if got := b.judged(ms[0], InviteFilter{})["libre"]; got != "invited" {
			t.Errorf("invited again: %q", got)
		}
	})
}

func TestInviteFilters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		m := b.open(20)[0]
		b.know("boulanger", "b@lys.fr", directorytest.Boulangerie, contact.Contact{})
		b.know("scop", "s@lys.fr", directorytest.Charpentiers, contact.Contact{})
		b.know("loin", "l@mer.fr", directorytest.Faraway, contact.Contact{})
		b.know("seul", "seul@lys.fr", 0, contact.Contact{})
		x, err := b.Meetings.Bookings.Book(t.Context(), booking.Ask{Room: b.open(1)[0].ID, Name: "scop", Mail: "s@lys.fr", By: nadia})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Meetings.Bookings.Check(t.Context(), nadia, x.Room, []booking.Mark{{ID: "m", Booking: x.ID, State: booking.Present, Seats: 1, At: monday}}); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			name string
			f    InviteFilter
			want []string
		}{
			{"all", InviteFilter{}, []string{"boulanger", "loin", "scop", "seul"}},
			{"around", InviteFilter{Radius: 10}, []string{"boulanger", "scop"}},
			{"territory", InviteFilter{Territory: "boulonnais"}, []string{"loin"}},
			{"ess", InviteFilter{World: "ess"}, []string{"scop"}},
			{"trade", InviteFilter{Trades: []string{"boulanger"}}, []string{"boulanger", "loin"}},
			{"label", InviteFilter{Label: "scop"}, []string{"scop"}},
			{"never came", InviteFilter{NeverCame: true, Radius: 10}, []string{"boulanger"}},
			{"members", InviteFilter{Who: "members"}, nil},
		} {
			var got []string
			for name := range b.judged(m, test.f) {
				got = append(got, name)
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s: %s", test.name, diff)
			}
		}
		b.nadia = &account.Person{ID: "loin", Duties: facilitator, Territories: []string{"calaisis"}}
		if got := b.judged(m, InviteFilter{}); len(got) > 0 {
			t.Errorf("somebody of another territory sees %v", got)
		}
	})
}

func TestTwoPressesInviteOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		m := b.open(20)[0]
		var keys []string
		for n := range 12 {
			keys = append(keys, "contact-"+b.know(fmt.Sprint("n", n), fmt.Sprintf("n%d@lys.fr", n), 0, contact.Contact{}))
		}
		marc := &account.Person{ID: "marc", Duties: []account.Duty{{Role: account.Facilitator, Institution: account.Departement}}}
		var wg sync.WaitGroup
		var mu sync.Mutex
		n := 0
		for _, who := range []*account.Person{b.nadia, marc, b.nadia, marc} {
			wg.Go(func() {
				made, err := b.Invite(context.Background(), Inviting{Meeting: m.ID, Who: who, Keys: keys, By: account.Actor{Who: who.ID, Channel: account.Web}})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				n += len(made)
				mu.Unlock()
			})
		}
		wg.Wait()
		list, fates, err := b.Invited(t.Context(), m.ID)
		if err != nil || n != 12 || len(list) != 12 || fates.Silent != 12 {
			t.Errorf("%d invited, %d kept, %+v, %v", n, len(list), fates, err)
		}
		shown, err := b.Outbox.Mailbox(t.Context(), "", 100)
		if err != nil || len(shown) != 12 {
			t.Errorf("%d mails for 12 people, %v", len(shown), err)
		}
	})
}

func TestHardCase18OneReminder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		m := b.open(20)[0] // a Sunday is ten days before its Wednesday
		var keys []string
		for _, name := range []string{"silence", "vient", "decline"} {
			keys = append(keys, "contact-"+b.know(name, name+"@lys.fr", 0, contact.Contact{}))
		}
		made := b.invite(m, keys...)
		by := map[string]Invite{}
		for i, l := range b.letters {
			by[strings.TrimSuffix(l.To, "@lys.fr")] = made[i]
		}
		ctx := t.Context()
		// Registered by the page, not by the link: known all the same.
		if _, err := b.Meetings.Bookings.Book(ctx, booking.Ask{Room: m.ID, Name: "V.", Mail: "Vient@lys.fr", By: nadia}); err != nil {
			t.Fatal(err)
		}
		if err := b.Decline(ctx, account.Actor{Channel: account.Link}, by["decline"].ID); err != nil {
			t.Fatal(err)
		}
		if _, fates, err := b.Invited(ctx, m.ID); err != nil || fates != (Fates{All: 3, Registered: 1, Declined: 1, Silent: 1}) {
			t.Errorf("%+v, %v", fates, err)
		}
		remind := func() (n int) {
			for _, l := range b.letters {
				if l.Kind == RemindKind {
					n++
				}
			}
			return n
		}
		b.now.Pass(9 * 24 * time.Hour)
		if err := b.Tidy(ctx); err != nil || remind() != 0 {
			t.Errorf("eleven days before: %d reminders, %v", remind(), err)
		}
		b.now.Pass(3 * 24 * time.Hour) // Saturday
		if err := b.Tidy(ctx); err != nil || remind() != 0 {
			t.Errorf("at a week-end: %d reminders, %v", remind(), err)
		}
		b.now.Pass(2 * 24 * time.Hour)
		for range 3 {
			if err := b.Tidy(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := b.Chase(ctx, nadia, m.ID); err != nil || n != 0 || remind() != 1 {
			t.Errorf("pressed after the clock: %d more, %d in all, %v", n, remind(), err)
		}
		if l := b.letters[len(b.letters)-1]; l.To != "silence@lys.fr" {
			t.Errorf("%s is reminded", l.To)
		}
	})
}

func TestInvitationLinks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		m := b.open(20)[0]
		key := "contact-" + b.know("amina", "amina@lys.fr", 0, contact.Contact{})
		i := b.invite(m, key)[0]
		ctx := t.Context()
		got, err := b.ByLink(ctx, b.Link(i.ID))
		if err != nil || got.ID != i.ID {
			t.Fatalf("%+v, %v", got, err)
		}
		for _, token := range []string{"", ".", i.ID, i.ID + ".", b.Link("other"), b.Link(i.ID) + "x"} {
			if _, err := b.ByLink(ctx, token); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%q opens: %v", token, err)
			}
		}
		x, err := b.Meetings.Bookings.Book(ctx, booking.Ask{Room: m.ID, Name: "une collègue", Mail: "autre@lys.fr", By: nadia})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Registers(ctx, nadia, i.ID, x.ID); err != nil {
			t.Fatal(err)
		}
		if err := b.Decline(ctx, nadia, i.ID); err != nil {
			t.Fatal(err)
		}
		list, fates, err := b.Invited(ctx, m.ID)
		if err != nil || list[0].Booking != x.ID || fates.Registered != 1 {
			t.Errorf("%+v, %+v, %v", list, fates, err)
		}
		// Forgotten, the number stays and tells no one.
		if err := b.Contacts.Remove(ctx, nadia, i.Contact); err != nil {
			t.Fatal(err)
		}
		if list, fates, err = b.Invited(ctx, m.ID); err != nil || fates.All != 1 || list[0].Who != nil || list[0].Contact != "" {
			t.Errorf("%+v, %v", list, err)
		}
		m.Room.CalledOff = true
		if err := b.Meetings.Bookings.CallOff(ctx, nadia, m.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Invite(ctx, Inviting{Meeting: m.ID, Who: b.nadia, Keys: []string{key}, By: nadia}); !errors.Is(err, ErrOff) {
			t.Errorf("to a meeting that is called off: %v", err)
		}
		late := b.open(0)[0]
		b.now.Pass(8 * time.Hour)
		if _, err := b.Invite(ctx, Inviting{Meeting: late.ID, Who: b.nadia, Keys: []string{key}, By: nadia}); !errors.Is(err, ErrLate) {
			t.Errorf("to a meeting that has begun: %v", err)
		}
	})
}
