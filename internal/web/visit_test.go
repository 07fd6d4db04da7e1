package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
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
	b := k.comes(slot, name, firm)
	if wait := slot.Room.End.Sub(k.clock.Now()); wait > 0 {
		k.clock.Pass(wait + time.Hour)
	}
	return b
}

// comes books a visit for a name.
func (k *desk) comes(slot visit.Visit, name string, firm register.SIRET) booking.Booking {
	k.t.Helper()
	b, err := k.visits.Book(context.Background(), booking.Ask{Room: slot.ID, Name: name, Mail: name + "@lys.fr", Seats: 1, SIRET: firm, By: account.Actor{Channel: account.Web}})
	if err != nil {
		k.t.Fatal(err)
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

// A host opens slots on a phone, answers those who ask, moves and calls off,
// keeps the door and publishes what they wrote.
func TestHost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		nadia := k.as(account.Facilitator)
		base := "/mon-espace/entreprises/" + lys.String() + "/visites"
		if a := nadia.do("GET", base, nil); a.status != 200 || !strings.Contains(a.body, base+"/nouvelle") {
			t.Fatalf("the host's page: %d", a.status)
		}
		said := url.Values{"title": {"L’atelier"}, "sees": {"Taille et levage"}, "where": {"12, rue de la Lys"}, "minutes": {"90"}, "seats": {"8"}, "trades": {"menuisier, plombier"}, "approval": {"1"}}
		for field, bad := range map[string]struct{ value, say string }{
			"title": {"", "À remplir"}, "minutes": {"x", "De 15 à 480"}, "seats": {"999", "De 1 à 200"}, "trades": {"rêveur", "Nous ne connaissons pas"},
		} {
			form := url.Values{}
			for key, v := range said {
				form[key] = v
			}
			form.Set(field, bad.value)
			if a := nadia.do("POST", base+"/nouvelle", form); a.status != 422 || !strings.Contains(a.body, bad.say) || !strings.Contains(a.body, "Taille et levage") {
				t.Errorf("%s %q: %d", field, bad.value, a.status)
			}
		}
		a := nadia.do("POST", base+"/nouvelle", said)
		path, _, _ := strings.Cut(a.header.Get("Location"), "?")
		if a.status != http.StatusSeeOther || !strings.HasPrefix(path, base+"/") {
			t.Fatalf("%d %s\n%s", a.status, path, a.body)
		}
		id := strings.TrimPrefix(path, base+"/")
		for _, bad := range []url.Values{
			{"first": {"hier"}, "at": {"14:00"}, "every": {"once"}},
			{"first": {"2026-12-03"}, "at": {"midi"}, "every": {"once"}},
			{"first": {"2026-12-03"}, "at": {"14:00"}, "every": {"weekly"}},
			{"first": {"2026-12-03"}, "at": {"14:00"}, "every": {"once"}, "except": {"Noël"}},
			{"first": {"2020-12-03"}, "at": {"14:00"}, "every": {"once"}},
		} {
			if a := nadia.do("POST", path+"/dates", bad); a.status != 422 || len(a.texts(".summary")) != 1 {
				t.Errorf("%v: %d", bad, a.status)
			}
		}
		if a := nadia.do("POST", path+"/dates", url.Values{"first": {"3/12/2026"}, "at": {"14h"}, "every": {"weekly"}, "until": {"2026-12-17"}, "except": {"10/12/2026 > 11/12/2026"}}); a.status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", a.status, a.body)
		}
		slots, err := k.visits.Visits(t.Context(), visit.Filter{Offer: id})
		if err != nil || len(slots) != 3 || slots[1].Room.Start.Day() != 11 || slots[0].Offer.Channel != account.Phone || len(slots[0].Offer.Trades) != 2 {
			t.Fatalf("%+v, %v", slots, err)
		}
		if a := k.browser().do("GET", "/visites/"+id, nil); !strings.Contains(a.body, "Saisi au téléphone") {
			t.Error("the page does not say that a facilitator wrote it")
		}
		amina, bruno := k.comes(slots[0].Visit, "amina", brochard), k.comes(slots[0].Visit, "bruno", 0)
		slot := slotPath(&slots[0].Visit)
		if a := nadia.do("GET", slot, nil); a.status != 200 || len(a.texts("button[value=oui]")) != 2 {
			t.Errorf("two ask: %d, %d buttons", a.status, len(a.texts("button[value=oui]")))
		}
		act := func(form url.Values, want int) answer {
			t.Helper()
			a := nadia.do("POST", slot, form)
			if a.status != want {
				t.Errorf("%v: %d, want %d", form, a.status, want)
			}
			return a
		}
		act(url.Values{"acte": {"oui"}, "inscription": {amina.ID}}, 303)
		act(url.Values{"acte": {"non"}, "inscription": {bruno.ID}}, 303)
		act(url.Values{"acte": {"oui"}, "inscription": {"none"}}, 404)
		if k.booked("amina").State != booking.Confirmed || k.booked("bruno").State != booking.Refused {
			t.Errorf("amina is %s, bruno %s", k.booked("amina").State, k.booked("bruno").State)
		}
		act(url.Values{"acte": {"deplacer"}, "first": {"2026-12-04"}, "at": {"15:00"}, "seats": {"6"}}, 303)
		act(url.Values{"acte": {"deplacer"}, "first": {"2020-12-04"}, "at": {"15:00"}, "seats": {"6"}}, 409)
		act(url.Values{"acte": {"annuler"}}, 303)
		act(url.Values{"acte": {"retablir"}}, 303)
		if a := nadia.do("GET", slot+"/fiche.pdf", nil); a.status != 200 || !strings.HasPrefix(a.body, "%PDF-") {
			t.Errorf("the host's sheet: %d", a.status)
		}
		if a := k.browser().do("GET", "/ma-place/"+k.bookings.Link(amina.ID)+"/fiche.pdf", nil); a.status != 200 || !strings.HasPrefix(a.body, "%PDF-") {
			t.Errorf("the visitor's sheet: %d", a.status)
		}
		if a := nadia.do("GET", "/a-la-porte/"+k.bookings.Code(amina.ID), nil); a.header.Get("Location") != slot+"/pointage?place="+amina.ID {
			t.Errorf("the code leads the host to %s", a.header.Get("Location"))
		}
		if a := nadia.do("POST", slot+"/pointage", url.Values{"inscription": {amina.ID}, "presence": {"present"}}); a.status != 303 {
			t.Errorf("at the door: %d", a.status)
		}
		if a := nadia.do("GET", slot+"/pointage", nil); a.status != 200 || len(a.texts(".door-guest.present")) != 1 {
			t.Errorf("the list: %d", a.status)
		}
		k.clock.Pass(14 * 24 * time.Hour)
		nadia = k.browser().signIn(string(account.Facilitator) + "@maison.example")
		wrote, err := k.visits.Write(t.Context(), account.Actor{}, visit.Takeaway{Booking: amina.ID, Slot: slots[0].ID, Takes: "Acheter le bois", SIRET: brochard, Visitor: true})
		if err != nil {
			t.Fatal(err)
		}
		page := nadia.do("GET", slot, nil)
		written := page.attr("input[name=ecrit]", "value")
		act(url.Values{"acte": {"publier"}, "inscription": {amina.ID}, "ecrit": {"1"}}, 409)
		act(url.Values{"acte": {"publier"}, "inscription": {amina.ID}, "ecrit": {written}}, 303)
		if a := k.browser().do("GET", "/visites/"+id, nil); len(a.texts(".note")) != 1 || wrote.Host {
			t.Error("the note is not on the page of the visit")
		}
		act(url.Values{"acte": {"piste"}, "inscription": {amina.ID}}, 303)
		page = nadia.do("GET", slot, nil)
		leadPath := page.attr("#pistes + ul a", "href")
		if a := nadia.do("GET", leadPath, nil); a.status != 200 || !strings.Contains(a.body, `href="/visites/`+slots[0].ID+`"`) {
			t.Errorf("the lead %q does not lead back: %d", leadPath, a.status)
		}
		act(url.Values{"acte": {"retirer"}, "inscription": {amina.ID}, "ecrit": {written}}, 303)
		if a := k.browser().do("GET", "/retours", nil); len(a.texts(".note")) != 0 {
			t.Error("still published")
		}
		// Of another establishment, nothing opens.
		if a := nadia.do("GET", "/mon-espace/entreprises/"+brochard.String()+"/creneaux/"+slots[0].ID, nil); a.status != http.StatusNotFound {
			t.Errorf("by the address of another host: %d", a.status)
		}
		member := k.browser().signIn("loin@lys.fr")
		for _, path := range []string{base, path, slot, slot + "/fiche.pdf", slot + "/pointage"} {
			if a := member.do("GET", path, nil); a.status != http.StatusForbidden {
				t.Errorf("somebody else at %s: %d", path, a.status)
			}
		}
	})
}

// A wish that nobody answers is on the desk of the facilitators.
func TestDemand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		if a := k.browser().do("POST", "/souhait", k.wishing(url.Values{"siret": {lys.String()}})); a.status != 303 {
			t.Fatal(a.status)
		}
		k.clock.Pass(visit.Wait)
		nadia := k.as(account.Facilitator)
		a := nadia.do("GET", demandPath, nil)
		if a.status != 200 || len(a.texts(".late-day")) != 1 || !strings.Contains(a.body, "amina@lys.fr") {
			t.Fatalf("%d", a.status)
		}
		if a := nadia.do("GET", "/mon-espace/entreprises/"+lys.String()+"/visites", nil); !strings.Contains(a.body, "2 personnes") || strings.Contains(a.body, "amina@lys.fr") {
			t.Error("the host does not see the demand, or sees who they are")
		}
		if a := nadia.do("POST", a.attr("form[action^='/animation/visites/']", "action"), nil); a.status != 303 {
			t.Errorf("seen to: %d", a.status)
		}
		if a := nadia.do("GET", demandPath, nil); len(a.texts(".session-name")) != 0 {
			t.Error("it is still there")
		}
	})
}

// The map of visits has a dot for each commune, that leads to the first date
// there; the list beside it has them all. Neither needs a script.
func TestMapOfVisits(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	if a := k.browser().do("GET", "/visites", nil); a.status != 200 || len(a.texts(".visits-map")) != 0 {
		t.Errorf("%d, a map of nothing", a.status)
	}
	_, slots := k.open(func(*visit.Offer) {})
	a := k.browser().do("GET", "/visites", nil)
	if pins := a.texts(".visits-map a"); len(pins) != 1 || strings.TrimSpace(pins[0]) != strconv.Itoa(len(slots)) || a.attr(".visits-map a", "href") != "/visites/"+slots[0].ID {
		t.Errorf("the dots: %q, to %s", pins, a.attr(".visits-map a", "href"))
	}
	if n := len(a.texts("ul.ledger li")); n != len(slots) {
		t.Errorf("the list has %d of %d", n, len(slots))
	}
}
