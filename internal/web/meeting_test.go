package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/meeting"
)

// plan plans a published meeting of so many seats at Isbergues.
func (k *desk) plan(seats int) meeting.Meeting {
	k.t.Helper()
	start := k.clock.Now().AddDate(0, 0, 10).Truncate(time.Hour)
	list, faults, err := k.meetings.Plan(context.Background(), account.Actor{Who: "nadia", Channel: account.Web}, []meeting.Meeting{{
		State: meeting.Published, Title: "Se connaître", Territory: "artois", Commune: "62473", Organiser: "nadia", Agenda: []meeting.Item{{Minutes: 15, Title: "Accueil"}},
		Room: booking.Room{Seats: seats, Start: start, End: start.Add(2 * time.Hour)},
	}})
	if err != nil {
		k.t.Fatalf("%v, %v", faults, err)
	}
	return list[0]
}

// filled is the form of a meeting as somebody filled it in, seconds after it
// was shown.
func (k *desk) filled(m meeting.Meeting, name, seats string) url.Values {
	k.t.Helper()
	page := k.browser().do("GET", "/reunions/"+m.ID, nil)
	_, rest, _ := strings.Cut(page.body, `name="vu" value="`)
	shown, _, _ := strings.Cut(rest, `"`)
	k.clock.Pass(20 * time.Second)
	return url.Values{"vu": {shown}, "nom": {name}, "courriel": {name + "@lys.fr"}, "places": {seats}}
}

func TestRegisterWithoutAccount(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		m := k.plan(2)
		b := k.browser()
		form := k.filled(m, "amina", "2")
		a := b.do("POST", "/reunions/"+m.ID, form)
		if a.status != http.StatusSeeOther || !strings.Contains(a.header.Get("Location"), "/inscrit?etat=confirmed") {
			t.Fatalf("%d %s\n%s", a.status, a.header.Get("Location"), a.body)
		}
		if a = b.do("POST", "/reunions/"+m.ID, k.filled(m, "bruno", "1")); !strings.Contains(a.header.Get("Location"), "etat=waiting") {
			t.Errorf("full: %s", a.header.Get("Location"))
		}
		for _, test := range []struct {
			name, field, value string
			status             int
			say                string
		}{
			{"no name", "nom", "", 422, "Dites votre nom"},
			{"half an address", "courriel", "amina@", 422, "Il manque la fin"},
			{"no seat", "places", "0", 422, "Un nombre de 1"},
			{"a robot fills what people do not see", "site_web", "x", 422, "parti trop vite"},
			{"a robot makes its own form", "vu", "1.x", 422, "parti trop vite"},
			{"a party larger than the room", "places", "9", 409, "plus grand que la salle"},
		} {
			form := k.filled(m, "claire", "1")
			form.Set(test.field, test.value)
			if a := b.do("POST", "/reunions/"+m.ID, form); a.status != test.status || !strings.Contains(a.body, test.say) {
				t.Errorf("%s: %d", test.name, a.status)
			} else if test.field != "nom" && !strings.Contains(a.body, `value="claire"`) {
				t.Errorf("%s: what was typed is lost", test.name)
			}
		}
		amina := k.booked("amina")
		link := "/ma-place/" + k.bookings.Link(amina.ID)
		if a := b.do("GET", link, nil); a.status != 200 || !strings.Contains(a.body, "amina") || strings.Contains(a.body, "bruno") {
			t.Errorf("her link: %d", a.status)
		}
		// A scanner of mails opens every link: nothing changes.
		for range 2 {
			b.do("GET", link, nil)
		}
		if a := b.do("POST", link, url.Values{"acte": {"annuler"}}); a.status != http.StatusSeeOther {
			t.Errorf("cancel: %d", a.status)
		}
		if bruno := k.booked("bruno"); bruno.State != booking.Offered {
			t.Errorf("bruno: %s", bruno.State)
		}
		if a := b.do("POST", "/ma-place/"+k.bookings.Link(k.booked("bruno").ID), url.Values{"acte": {"accepter"}}); a.status != http.StatusSeeOther || k.booked("bruno").State != booking.Confirmed {
			t.Errorf("bruno takes the seat: %d", a.status)
		}
		if a := b.do("GET", "/ma-place/"+amina.ID+".forged", nil); a.status != http.StatusNotFound {
			t.Errorf("a forged link: %d", a.status)
		}
	})
}

// booked returns the booking of a name.
func (k *desk) booked(name string) booking.Booking {
	k.t.Helper()
	list, err := k.bookings.Of(context.Background(), "", name+"@lys.fr")
	if err != nil || len(list) == 0 {
		k.t.Fatalf("%s has not booked: %v", name, err)
	}
	return list[0]
}

// post sends JSON as a program of another site would.
func (k *desk) post(path, body, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "https://autre.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	w := httptest.NewRecorder()
	k.site.ServeHTTP(w, r)
	return w
}

func TestRegisterByProgram(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		m := k.plan(3)
		path := "/api/v1/events/" + m.ID + "/registrations"
		var wait sync.WaitGroup
		references := make(chan string, 10)
		for range 10 {
			wait.Go(func() {
				w := k.post(path, `{"name":"Amina","email":"amina@lys.fr","seats":2,"siret":null}`, "one")
				var a registrationAnswer
				if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != http.StatusCreated || a.Status != "confirmed" {
					t.Errorf("%d %s", w.Code, w.Body)
				}
				references <- a.Reference
			})
		}
		wait.Wait()
		close(references)
		first := <-references
		for r := range references {
			if r != first {
				t.Error("one key registered twice")
			}
		}
		for i, name := range []string{"bruno", "claire"} {
			w := k.post(path, `{"name":"`+name+`","email":"`+name+`@lys.fr","seats":2}`, "")
			var a registrationAnswer
			if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Position == nil || *a.Position != i+1 {
				t.Errorf("%s: %s", name, w.Body)
			}
		}
		for _, test := range []struct {
			name, path, body, key string
			status                int
		}{
			{"the same key, another body", path, `{"name":"Amina","email":"amina@lys.fr","seats":1}`, "one", 409},
			{"no such event", "/api/v1/events/nowhere/registrations", `{"name":"A","email":"a@lys.fr"}`, "", 404},
			{"no name", path, `{"email":"a@lys.fr"}`, "", 400},
			{"no address", path, `{"name":"A","email":"a"}`, "", 400},
			{"a field nobody knows", path, `{"name":"A","email":"a@lys.fr","seat":1}`, "", 400},
			{"a wrong SIRET", path, `{"name":"A","email":"a@lys.fr","siret":"123"}`, "", 400},
			{"seats below one", path, `{"name":"A","email":"a@lys.fr","seats":-1}`, "", 400},
			{"not JSON", path, `nom=A`, "", 400},
			{"more than the hall", path, `{"name":"A","email":"a@lys.fr","seats":9}`, "", 409},
		} {
			if w := k.post(test.path, test.body, test.key); w.Code != test.status || !strings.Contains(w.Header().Get("Content-Type"), "problem+json") {
				t.Errorf("%s: %d %s", test.name, w.Code, w.Body)
			}
		}
		events := fetch[eventsAnswer](t, k.site, "/api/v1/events?kind=meeting&territory=artois", http.StatusOK)
		if len(events.Results) != 1 || events.Results[0].Left != 0 || events.Results[0].Waiting != 2 {
			t.Errorf("%+v", events)
		}
		if w := k.post("/reunions/"+m.ID, "", ""); w.Code != http.StatusForbidden {
			t.Errorf("the form from another site: %d", w.Code)
		}
	})
}

func TestFeeds(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	m := k.plan(9)
	b := k.browser()
	for _, test := range []struct{ path, has string }{
		{"/agenda.ics", "UID:" + m.ID + "@localhost"},
		{"/agenda.ics?territory=artois&kind=meeting&trade=boulanger", m.ID},
		{"/en/agenda.ics", "CATEGORIES:Meeting"},
		{"/agenda.atom", "<entry>"},
		{"/reunions", "Se connaître"},
		{"/reunions?territoire=artois", "Les réunions"},
	} {
		if a := b.do("GET", test.path, nil); a.status != 200 || !strings.Contains(a.body, test.has) {
			t.Errorf("%s: %d without %q", test.path, a.status, test.has)
		}
	}
	for path, has := range map[string]string{"/agenda.ics?territory=calaisis": m.ID, "/agenda.ics?kind=visit": m.ID, "/agenda.atom?territory=calaisis": "<entry>"} {
		if a := b.do("GET", path, nil); a.status != 200 || strings.Contains(a.body, has) {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	for _, path := range []string{"/agenda.ics?territory=nulle-part", "/agenda.ics?kind=x", "/agenda.ics?trade=zzz", "/agenda.atom?x=1"} {
		if a := b.do("GET", path, nil); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	// HardCase12: nothing in an agenda opens a booking.
	x, err := k.bookings.Book(t.Context(), booking.Ask{Room: m.ID, Name: "amina", Mail: "amina@lys.fr", By: account.Actor{Channel: account.Web}})
	if err != nil {
		t.Fatal(err)
	}
	link := k.bookings.Link(x.ID)
	if a := b.do("GET", "/ma-place/"+link+"/agenda.ics", nil); a.status != 200 || strings.Contains(strings.ReplaceAll(a.body, "\r\n ", ""), link) || !strings.Contains(a.body, "BEGIN:VALARM") {
		t.Errorf("her agenda: %d\n%s", a.status, a.body)
	}
}

// A facilitator plans a series, publishes it, registers somebody on the phone,
// lets a helper keep the door, and closes the list.
func TestLookAfterMeeting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		nadia, stranger := k.as(account.Facilitator), k.browser().signIn("amina@lys.fr")
		form := url.Values{"titre": {"Se connaître"}, "places": {"3"}, "reservees": {"1"}, "deroule": {"15 | Accueil\nRendez-vous à deux"}, "regle": {"passe"}}
		for _, slug := range []string{"artois", "calaisis"} {
			form.Set(slug+"-oui", "1")
			form.Set(slug+"-jour", "2026-12-10")
			form.Set(slug+"-heure", "18:00")
			form.Set(slug+"-fin", "20:00")
		}
		form.Set("artois-commune", "Isbergues")
		if a := nadia.do("POST", "/animation/reunions", form); a.status != 422 || a.attr("#calaisis-commune", "aria-invalid") != "true" || a.attr("#titre", "value") != "Se connaître" {
			t.Fatalf("a commune is missing: %d", a.status)
		}
		form.Set("calaisis-commune", "Calais")
		if a := nadia.do("POST", "/animation/reunions", form); a.status != http.StatusSeeOther {
			t.Fatalf("plan: %d\n%s", a.status, a.body)
		}
		list, err := k.meetings.Meetings(t.Context(), meeting.Filter{Drafts: true})
		if err != nil || len(list) != 2 || list[0].Series == "" || !list[0].Room.Skips || len(list[0].Agenda) != 2 || list[0].Room.Start.Format(time.RFC3339) != "2026-12-10T17:00:00Z" {
			t.Fatalf("%+v, %v", list, err)
		}
		m := list[0].Meeting
		desk := "/animation/reunions/" + m.ID
		if a := k.browser().do("GET", "/reunions/"+m.ID, nil); a.status != http.StatusNotFound {
			t.Errorf("a draft is shown: %d", a.status)
		}
		if a := stranger.do("POST", desk+"/publier", url.Values{}); a.status != http.StatusForbidden {
			t.Errorf("a member publishes: %d", a.status)
		}
		if a := nadia.do("POST", desk+"/publier", url.Values{"serie": {"1"}}); a.status != http.StatusSeeOther {
			t.Fatalf("publish: %d", a.status)
		}
		if shown, err := k.meetings.Meetings(t.Context(), meeting.Filter{}); err != nil || len(shown) != 2 {
			t.Errorf("%d meetings are shown, %v", len(shown), err)
		}
		// Denise has no address: her seats are given, and it is said who did it.
		if a := nadia.do("POST", desk+"/inscriptions", url.Values{"nom": {"Denise Vasseur"}, "telephone": {"03 21 00 00 00"}, "places": {"2"}}); a.status != http.StatusSeeOther {
			t.Fatalf("on the phone: %d\n%s", a.status, a.body)
		}
		sheet, err := k.bookings.Sheet(t.Context(), m.ID)
		if err != nil || len(sheet.List) != 1 || sheet.List[0].State != booking.Confirmed || sheet.List[0].MadeBy == "" {
			t.Fatalf("%+v, %v", sheet.List, err)
		}
		if a := nadia.do("POST", desk+"/inscriptions", url.Values{"nom": {"Paul"}, "places": {"9"}}); a.status != http.StatusConflict {
			t.Errorf("more than the hall: %d", a.status)
		}
		helper := "/accueil/" + k.bookings.Helper(&sheet.Room)
		if a := k.browser().do("GET", helper+"?q=vass", nil); a.status != 200 || !strings.Contains(a.body, "Denise Vasseur") {
			t.Errorf("the helper's list: %d", a.status)
		}
		if a := k.browser().do("POST", helper, url.Values{"inscription": {sheet.List[0].ID}, "presence": {"present"}, "venus": {"1"}}); a.status != http.StatusSeeOther {
			t.Errorf("the helper's mark: %d", a.status)
		}
		if a := k.browser().do("POST", helper, url.Values{"inscription": {"nobody"}, "presence": {"present"}}); a.status != http.StatusNotFound {
			t.Errorf("somebody of no meeting: %d", a.status)
		}
		if a := nadia.do("POST", desk+"/pointage/fin", url.Values{}); a.status != http.StatusSeeOther {
			t.Errorf("close: %d", a.status)
		}
		if a := nadia.do("GET", desk+"/inscrits.csv", nil); a.status != 200 || !strings.HasPrefix(strings.TrimPrefix(a.body, "\ufeff"), "Nom;Entreprise ou structure;Courriel;Téléphone;Personnes;") || strings.Contains(a.body, "otre ") || !strings.Contains(a.body, "Denise Vasseur") || !strings.Contains(a.body, "présent") {
			t.Errorf("the file: %d %s", a.status, a.body)
		}
		if a := nadia.do("GET", desk+"/emargement.pdf", nil); a.status != 200 || !strings.HasPrefix(a.body, "%PDF") {
			t.Errorf("the sheet: %d", a.status)
		}
		if a := nadia.do("POST", desk+"/lien", url.Values{}); a.status != http.StatusSeeOther {
			t.Errorf("another link: %d", a.status)
		}
		if a := k.browser().do("GET", helper, nil); a.status != http.StatusNotFound {
			t.Errorf("the old link: %d", a.status)
		}
		change := form
		change.Set("places", "1")
		if a := nadia.do("POST", desk+"/modifier", change); a.status != 422 {
			t.Errorf("fewer seats than are held: %d", a.status)
		}
		for _, act := range []string{"/annuler", "/retablir"} {
			if a := nadia.do("POST", desk+act, url.Values{}); a.status != http.StatusSeeOther {
				t.Errorf("%s: %d", act, a.status)
			}
		}
	})
}
