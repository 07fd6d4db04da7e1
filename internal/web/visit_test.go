package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/lead"
	"passerelle/internal/register"
	"passerelle/internal/visit"
)

// visitsOf are the visits of a test's house.
func visitsOf(t testing.TB, b *booking.Bookings, d *directory.Directory) *visit.Visits {
	t.Helper()
	bands, err := visit.LoadBands()
	if err != nil {
		t.Fatal(err)
	}
	return &visit.Visits{
		DB: b.DB, Clock: b.Clock, Bookings: b, Bands: bands, Secret: []byte("secret"), Leads: &lead.Leads{DB: b.DB, Clock: b.Clock},
		Shown: func(s register.SIRET) bool {
			e, err := d.Establishment(s)
			return err == nil && e.Mask != directory.MaskedPerson
		},
		Tell: func(context.Context, *db.Tx, visit.Letter) error { return nil },
	}
}

// open offers a visit of the Scop with two slots, ten days ahead and a week
// later.
func (k *desk) open(change func(*visit.Offer)) (visit.Offer, []visit.Visit) {
	k.t.Helper()
	o := visit.Offer{
		SIRET: lys, Title: "L’atelier de charpente", Terms: visit.Terms{Sees: "Taille et levage", Where: "12, rue de la Lys", Minors: true, LeastAge: 11}, Minutes: 90, Seats: 8,
		Trades: []string{"menuisier"}, Territory: "artois", Commune: "62473",
	}
	if change != nil {
		change(&o)
	}
	dina := account.Actor{Who: "dina", Channel: account.Web}
	o, faults, err := k.visits.Add(context.Background(), dina, o)
	if err != nil {
		k.t.Fatalf("%v, %v", faults, err)
	}
	slots, faults, err := k.visits.Open(context.Background(), dina, o.ID, visit.Rule{First: "2026-12-03", At: 14 * time.Hour, Every: visit.Weekly, Until: "2026-12-10"})
	if err != nil {
		k.t.Fatalf("%v, %v", faults, err)
	}
	return o, slots
}

// come is the form of a visit as somebody filled it in.
func (k *desk) come(path, name string, more url.Values) url.Values {
	k.t.Helper()
	page := k.browser().do("GET", path, nil)
	if page.status != http.StatusOK {
		k.t.Fatalf("%s: %d", path, page.status)
	}
	form := url.Values{"vu": {page.attr("input[name=vu]", "value")}, "nom": {name}, "courriel": {name + "@lys.fr"}, "places": {"1"}, "creneau": {page.attr("input[name=creneau][checked]", "value")}}
	for key, v := range more {
		form[key] = v
	}
	k.clock.Pass(20 * time.Second)
	return form
}

func TestVisitWithoutAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		o, slots := k.open(nil)
		b := k.browser()
		for path, want := range map[string]int{"/visites": 2, "/visites?territoire=calaisis": 0, "/visites?mois=2026-12&metier=menuisier": 2, "/visites?mois=2027-01": 0, "/visites?metier=coiffeur": 0} {
			if a := b.do("GET", path, nil); a.status != 200 || len(a.texts(".ledger h3")) != want {
				t.Errorf("%s: %d, %d visits, want %d", path, a.status, len(a.texts(".ledger h3")), want)
			}
		}
		path := "/visites/" + o.ID
		a := b.do("GET", path, nil)
		if len(a.texts(".slot")) != 2 || !strings.Contains(a.body, "https://schema.org") || a.attr("input[name=creneau][checked]", "value") != slots[0].ID {
			t.Fatalf("%d slots, the first is not chosen", len(a.texts(".slot")))
		}
		// By the address of a slot, that one is chosen.
		if a := b.do("GET", "/visites/"+slots[1].ID, nil); a.attr("input[name=creneau][checked]", "value") != slots[1].ID {
			t.Errorf("the slot of the address is not chosen")
		}
		if a := b.do("POST", path, k.come(path, "amina", url.Values{"places": {"8"}})); a.status != http.StatusSeeOther || !strings.Contains(a.header.Get("Location"), slots[0].ID+"/inscrit?etat=confirmed") {
			t.Fatalf("%d %s\n%s", a.status, a.header.Get("Location"), a.body)
		}
		if a := b.do("GET", "/visites/"+slots[0].ID+"/inscrit?etat=confirmed", nil); a.status != 200 || a.text("h1") != "Votre place est gardée" {
			t.Errorf("registered: %d %q", a.status, a.text("h1"))
		}
		full := b.do("GET", path, nil)
		if got := full.texts(".slot.full"); len(got) != 1 || !strings.Contains(got[0], "complet") || full.attr("input[name=creneau][checked]", "value") != slots[1].ID {
			t.Errorf("full: %q", got)
		}
		for _, test := range []struct {
			name   string
			more   url.Values
			status int
			say    string
		}{
			{"no slot", url.Values{"creneau": {"elsewhere"}}, 422, "Choisissez une date"},
			{"a meeting's id is no slot", url.Values{"creneau": {k.plan(2).ID}}, 422, "Choisissez une date"},
			{"half an address", url.Values{"courriel": {"amina@"}}, 422, "Il manque la fin"},
			{"a class too young", url.Values{"places": {"6"}, "groupe": {"École Jules-Ferry"}, "mineurs": {"5"}, "age_de": {"8"}}, 422, "dès 11 ans"},
			{"a class without its ages", url.Values{"places": {"6"}, "mineurs": {"5"}}, 422, "âge du plus jeune"},
			{"a class alone", url.Values{"places": {"5"}, "mineurs": {"5"}, "age_de": {"12"}}, 422, "au moins 1 adulte"},
			{"minors in letters", url.Values{"mineurs": {"cinq"}}, 422, "Un nombre de 0"},
			{"larger than the group", url.Values{"places": {"9"}}, 409, "plus grand que la salle"},
		} {
			a := b.do("POST", path, k.come(path, "claire", test.more))
			if a.status != test.status || !strings.Contains(a.body, test.say) || !strings.Contains(a.body, `value="claire"`) {
				t.Errorf("%s: %d", test.name, a.status)
			}
			if len(test.more["mineurs"]) > 0 && a.attr(".group-of", "open") != "" || len(test.more["mineurs"]) > 0 && len(a.texts(".group-of[open]")) != 1 {
				t.Errorf("%s: the fields of a group are not shown", test.name)
			}
		}
		if a := b.do("POST", path, k.come(path, "bruno", url.Values{"places": {"6"}, "groupe": {"Collège Anatole-France"}, "mineurs": {"5"}, "age_de": {"12"}, "age_a": {"13"}})); a.status != http.StatusSeeOther {
			t.Errorf("a class: %d\n%s", a.status, a.body)
		}
		if got := k.booked("bruno"); got.Party.Minors != 5 || got.Party.AgeFrom != 12 || got.Room != slots[1].ID {
			t.Errorf("the class: %+v", got)
		}
		// One's own place works as that of a meeting.
		link := "/ma-place/" + k.bookings.Link(k.booked("amina").ID)
		if a := b.do("GET", link, nil); a.status != 200 || !strings.Contains(a.body, `href="/visites/`+slots[0].ID) || strings.Contains(a.body, "bruno") {
			t.Errorf("her link: %d", a.status)
		}
		if a := b.do("GET", link+"/agenda.ics", nil); a.status != 200 || !strings.Contains(a.body, "charpente") || strings.Contains(a.body, "ma-place") {
			t.Errorf("HardCase12: her agenda: %d\n%s", a.status, a.body)
		}
		if a := b.do("GET", "/a-la-porte/"+k.bookings.Code(k.booked("amina").ID), nil); a.header.Get("Location") != "/visites/"+slots[0].ID {
			t.Errorf("the code leads anybody to %s", a.header.Get("Location"))
		}
		// HardCase07: no page for everybody holds a name.
		for _, path := range []string{path, "/visites", "/agenda.ics", "/agenda.atom?kind=visit", "/api/v1/events"} {
			if a := b.do("GET", path, nil); a.status != 200 || strings.Contains(a.body, "amina@") || strings.Contains(a.body, ">amina") {
				t.Errorf("%s: %d, or it names who comes", path, a.status)
			}
		}
	})
}

func TestVisitsByProgram(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		m := k.plan(3) // 3 December too, in the morning
		_, slots := k.open(nil)
		kinds := func(query string) (got []string) {
			t.Helper()
			for _, e := range fetch[eventsAnswer](t, k.site, "/api/v1/events"+query, http.StatusOK).Results {
				got = append(got, e.Kind)
			}
			return got
		}
		for query, want := range map[string]string{"": "meeting visit visit", "?kind=visit": "visit visit", "?kind=meeting": "meeting", "?kind=visit&territory=calaisis": "", "?to=2026-12-04": "meeting visit"} {
			if got := strings.Join(kinds(query), " "); got != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		body := `{"name":"Amina","email":"amina@lys.fr","seats":3,"siret":null}`
		for range 2 {
			w := k.post("/api/v1/events/"+slots[0].ID+"/registrations", body, "one")
			var a registrationAnswer
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusCreated || a.Status != "confirmed" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
		for _, e := range fetch[eventsAnswer](t, k.site, "/api/v1/events?kind=visit", http.StatusOK).Results {
			if e.ID == slots[0].ID && (e.Left != 5 || e.Capacity != 8 || !strings.HasSuffix(e.URL, "/visites/"+e.ID)) {
				t.Errorf("%+v", e)
			}
		}
		if err := k.bookings.CallOff(t.Context(), account.Actor{}, slots[1].ID); err != nil {
			t.Fatal(err)
		}
		if w := k.post("/api/v1/events/"+slots[1].ID+"/registrations", body, ""); w.Code != http.StatusConflict {
			t.Errorf("called off: %d", w.Code)
		}
		b := k.browser()
		feed := b.do("GET", "/agenda.ics?kind=visit", nil)
		if strings.Count(feed.body, "BEGIN:VEVENT") != 2 || !strings.Contains(feed.body, "STATUS:CANCELLED") || strings.Contains(feed.body, m.ID) {
			t.Errorf("the agenda:\n%s", feed.body)
		}
		if a := b.do("GET", "/agenda.atom", nil); strings.Count(a.body, "<entry>") != 3 || !strings.Contains(a.body, ":visite:") || !strings.Contains(a.body, ":reunion:") {
			t.Errorf("the feed:\n%s", a.body)
		}
		// A host who leaves the directory is at none of the doors.
		if err := k.hide(lys); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(kinds(""), " "); got != "meeting" {
			t.Errorf("of a hidden host: %q", got)
		}
		if w := k.post("/api/v1/events/"+slots[0].ID+"/registrations", body, ""); w.Code != http.StatusNotFound {
			t.Errorf("booked at a hidden host: %d", w.Code)
		}
		for _, path := range []string{"/visites/" + slots[0].ID, "/visites/" + slots[0].ID + "/inscrit"} {
			if a := b.do("GET", path, nil); a.status != http.StatusNotFound {
				t.Errorf("%s of a hidden host: %d", path, a.status)
			}
		}
	})
}

func TestWishPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		b := k.browser()
		send := func(more url.Values) answer {
			t.Helper()
			form := k.wishing(more)
			return b.do("POST", "/souhait", form)
		}
		for _, test := range []struct {
			name   string
			more   url.Values
			status int
			say    string
		}{
			{"nothing chosen", nil, 422, "Choisissez un métier"},
			{"no name", url.Values{"siret": {lys.String()}, "nom": {""}}, 422, "Dites votre nom"},
			{"whom the register does not show is nobody's host", url.Values{"siret": {masked.String()}}, 422, "Choisissez un métier"},
			{"a robot", url.Values{"siret": {lys.String()}, "site_web": {"x"}}, 422, "parti trop vite"},
		} {
			if a := send(test.more); a.status != test.status || !strings.Contains(a.body, test.say) {
				t.Errorf("%s: %d", test.name, a.status)
			}
		}
		for _, more := range []url.Values{{"siret": {lys.String()}}, {"metier": {"menuisier"}, "territoire": {"artois"}}} {
			if a := send(more); a.status != http.StatusSeeOther {
				t.Errorf("%v: %d\n%s", more, a.status, a.body)
			}
		}
		if len(k.visited) != 2 || k.visited[0].Wish.Territory != "artois" {
			t.Fatalf("%d letters", len(k.visited))
		}
		link := "/souhait/" + k.visited[0].Token
		for range 2 {
			if a := b.do("GET", link, nil); a.status != 200 || !strings.Contains(a.body, "Les Charpentiers de la Lys") || len(a.texts("form.form-panel")) != 1 {
				t.Errorf("HardCase13: looking at it: %d", a.status)
			}
		}
		if a := b.do("POST", link, nil); a.status != http.StatusSeeOther {
			t.Errorf("withdraw: %d", a.status)
		}
		if a := b.do("GET", link, nil); len(a.texts("form.form-panel")) != 0 {
			t.Error("it is still open")
		}
		if a := b.do("GET", "/souhait/x.y", nil); a.status != http.StatusNotFound {
			t.Errorf("a forged link: %d", a.status)
		}
	})
}

// wishing is the form of a wish as somebody filled it in.
func (k *desk) wishing(more url.Values) url.Values {
	k.t.Helper()
	page := k.browser().do("GET", "/souhait?"+more.Encode(), nil)
	form := url.Values{"vu": {page.attr("input[name=vu]", "value")}, "nom": {"amina"}, "courriel": {"amina@lys.fr"}, "places": {"2"}}
	for key, v := range more {
		form[key] = v
	}
	k.clock.Pass(20 * time.Second)
	return form
}

// came books a visit for a name, and passes to the evening after.
func (k *desk) came(slot visit.Visit, name string, firm register.SIRET) booking.Booking {
	k.t.Helper()
	b, err := k.visits.Book(context.Background(), booking.Ask{Room: slot.ID, Name: name, Mail: name + "@lys.fr", Seats: 1, SIRET: firm, By: account.Actor{Channel: account.Web}})
	if err != nil {
		k.t.Fatal(err)
	}
	if wait := slot.Room.End.Sub(k.clock.Now()); wait > 0 {
		k.clock.Pass(wait + time.Hour)
	}
	return b
}

func TestNotes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		_, slots := k.open(nil)
		amina := k.came(slots[0], "amina", brochard)
		b := k.browser()
		link := "/retours/ecrire/" + k.visits.WriteLink(amina.ID)
		if a := b.do("GET", link, nil); a.status != 200 || len(a.texts("textarea")) != 3 {
			t.Fatalf("%d", a.status)
		}
		if a := b.do("POST", link, url.Values{}); a.status != 422 || !strings.Contains(a.body, "l’une des trois") {
			t.Errorf("nothing: %d", a.status)
		}
		said := url.Values{"vu": {"Un levage <b>à quatre</b>"}, "retient": {"Acheter le bois ensemble"}, "publier": {"1"}, "metier": {"menuisier"}, "signature": {"Amina, menuisière"}}
		if a := b.do("POST", link, said); a.status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", a.status, a.body)
		}
		if a := b.do("GET", "/retours", nil); len(a.texts(".note")) != 0 {
			t.Error("published without the host")
		}
		k1, err := k.visits.Takeaway(t.Context(), amina.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.visits.Publish(t.Context(), account.Actor{Who: "dina"}, amina.ID, k1.WrittenAt, true); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]int{"/retours": 1, "/retours?q=levage": 1, "/retours?q=pain": 0, "/retours?metier=menuisier&territoire=artois": 1, "/retours?territoire=calaisis": 0} {
			a := b.do("GET", path, nil)
			if len(a.texts(".note")) != want {
				t.Errorf("%s: %d notes, want %d", path, len(a.texts(".note")), want)
			}
			if strings.Contains(a.body, "<b>à quatre") || strings.Contains(a.body, "amina@") {
				t.Errorf("%s: HardCase44: words as they were typed, or an address", path)
			}
		}
		if a := b.do("GET", "/retours/"+amina.ID, nil); a.status != 200 || !strings.Contains(a.body, "Amina, menuisière") {
			t.Errorf("one note: %d", a.status)
		}
		if err := k.hide(lys); err != nil {
			t.Fatal(err)
		}
		if a := b.do("GET", "/retours/"+amina.ID, nil); a.status != http.StatusNotFound {
			t.Errorf("a note of a hidden host: %d", a.status)
		}
	})
}
