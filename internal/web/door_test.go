package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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

// aSentMark is a mark as a phone would send it.
func aSentMark(n int, b, state string, at time.Time) string {
	return fmt.Sprintf(`{"id":"%08x-0000-4000-8000-000000000000","booking":%q,"state":%q,"seats":1,"at":%q}`, n, b, state, at.Format(time.RFC3339Nano))
}

// phone sends marks from a page of the site.
func (k *desk) phone(path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	k.site.ServeHTTP(w, r)
	return w
}

// seat books for somebody.
func (k *desk) seat(m meeting.Meeting, name string, seats int) booking.Booking {
	k.t.Helper()
	x, err := k.bookings.Book(k.t.Context(), booking.Ask{Room: m.ID, Name: name, Mail: name + "@lys.fr", Seats: seats, By: account.Actor{Channel: account.Web}})
	if err != nil {
		k.t.Fatal(err)
	}
	return x
}

// Two phones that were without a network send their lists at the same time,
// each twice: what was seen last counts, once.
func TestTwoPhonesAtTheDoor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		m := k.plan(30)
		var parties []booking.Booking
		for n := range 10 {
			parties = append(parties, k.seat(m, fmt.Sprint("party", n), 1))
		}
		sheet, err := k.bookings.Sheet(t.Context(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		path := "/accueil/" + k.bookings.Helper(&sheet.Room) + "/marques"
		seen := k.clock.Now()
		k.clock.Pass(time.Hour)
		var one, two []string
		for n, x := range parties {
			one = append(one, aSentMark(n, x.ID, "present", seen.Add(time.Minute)))
			if n%2 == 0 {
				two = append(two, aSentMark(100+n, x.ID, "excused", seen.Add(2*time.Minute)))
			}
		}
		two = append(two, aSentMark(999, "of-another-room", "present", seen))
		var wait sync.WaitGroup
		for _, list := range [][]string{one, two, one, two} {
			wait.Go(func() {
				if w := k.phone(path, `{"marks":[`+strings.Join(list, ",")+`]}`); w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("%d %s", w.Code, w.Body)
				}
			})
		}
		wait.Wait()
		w := k.phone(path, `{"marks":[]}`)
		var a marksAnswer
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || len(a.Marks) != 10 || a.Keep != m.Room.End.Add(24*time.Hour).UnixMilli() {
			t.Fatalf("%s, %v", w.Body, err)
		}
		came := 0
		for _, x := range a.Marks {
			came += x.Seats
		}
		if came != 5 {
			t.Errorf("%d came", came)
		}
		if strings.Contains(w.Body.String(), "party") {
			t.Error("the answer names people")
		}
		for _, test := range []struct {
			name, path, body string
			status           int
		}{
			{"not JSON", path, "x", 400},
			{"another kind of id", path, `{"marks":[{"id":"1","booking":"b","state":"present","at":"2026-11-23T09:00:00Z"}]}`, 400},
			{"another state", path, `{"marks":[` + aSentMark(1, "b", "gone", seen) + `]}`, 400},
			{"a field nobody knows", path, `{"marks":[],"who":"me"}`, 400},
			{"more than one message", path, `{"marks":[]}{"marks":[]}`, 400},
			{"more than 500", path, `{"marks":[` + strings.Repeat(`{},`, 500) + `{}]}`, 400},
			{"too large", path, `{"marks":[` + strings.Repeat(" ", maxMarksBody) + `]}`, 413},
			{"a forged link", "/accueil/" + m.ID + ".forged/marques", `{"marks":[]}`, 404},
			{"without a session", plansPath + "/" + m.ID + "/pointage/marques", `{"marks":[]}`, 303},
		} {
			if w := k.phone(test.path, test.body); w.Code != test.status {
				t.Errorf("%s: %d, want %d", test.name, w.Code, test.status)
			}
		}
		if w := k.post(path, `{"marks":[]}`, ""); w.Code != http.StatusForbidden {
			t.Errorf("from another site: %d", w.Code)
		}
	})
}

// The list with names is kept on no phone once it is closed, once its link is
// renewed, or longer than a day after the event.
func TestHardCase41NoPhoneKeepsTheList(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	m := k.plan(3)
	nadia := k.as(account.Facilitator)
	door := plansPath + "/" + m.ID + "/pointage"
	if a := nadia.do("GET", door, nil); a.header.Get(keepHeader) != fmt.Sprint(m.Room.End.Add(24*time.Hour).UnixMilli()) || a.attr("[data-door]", "data-door") != door {
		t.Errorf("kept until %q", a.header.Get(keepHeader))
	}
	nadia.do("POST", door+"/fin", url.Values{})
	if a := nadia.do("GET", door, nil); a.header.Get(keepHeader) != "0" || strings.Contains(a.body, "data-door=") || !strings.Contains(a.body, "La liste est close") {
		t.Errorf("closed, and kept until %q", a.header.Get(keepHeader))
	}
	a := k.browser().do("GET", "/porte.js", nil)
	if a.status != 200 || a.header.Get("Service-Worker-Allowed") != "/" || a.header.Get("Cache-Control") != "no-cache" || !strings.Contains(a.header.Get("Content-Type"), "javascript") {
		t.Errorf("the script: %d %v", a.status, a.header)
	}
}

func TestComeWithoutHavingRegistered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		m := k.plan(3)
		amina := k.seat(m, "amina", 1)
		sheet, err := k.bookings.Sheet(t.Context(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		door := "/accueil/" + k.bookings.Helper(&sheet.Room)
		helper := k.browser()
		if a := helper.do("GET", door, nil); strings.Contains(a.body, `action="`+door+`/arrivee"`) {
			t.Error("ten days before, people come in")
		}
		k.clock.Pass(m.Room.Start.Sub(k.clock.Now()) + 10*time.Minute)
		press := func() string { return helper.do("GET", door, nil).attr("input[name=cle]", "value") }
		if a := helper.do("POST", door+"/arrivee", url.Values{"cle": {press()}, "nom": {""}, "places": {"1"}}); a.status != 422 || a.attr("#nom", "aria-invalid") != "true" {
			t.Errorf("no name: %d", a.status)
		}
		form := url.Values{"cle": {press()}, "nom": {"Bruno Petit"}, "entreprise": {"Petit Toitures"}, "places": {"2"}}
		for range 2 { // pressed twice
			if a := helper.do("POST", door+"/arrivee", form); a.status != http.StatusSeeOther {
				t.Fatalf("bruno: %d\n%s", a.status, a.body)
			} else if b := helper.do("GET", a.header.Get("Location"), nil); !strings.HasPrefix(strings.Join(b.texts(".notice.ok p"), ""), "Bruno Petit") {
				t.Errorf("nothing says that he is in: %q", b.texts(".notice"))
			}
		}
		full := url.Values{"cle": {press()}, "nom": {"Claire"}, "places": {"1"}}
		if a := helper.do("POST", door+"/arrivee", full); a.status != http.StatusConflict || a.attr("button[name=attendre]", "value") != "1" || a.attr("#nom", "value") != "Claire" {
			t.Errorf("full: %d", a.status)
		}
		full.Set("attendre", "1")
		if a := helper.do("POST", door+"/arrivee", full); a.status != http.StatusSeeOther {
			t.Errorf("waits: %d", a.status)
		}
		a := helper.do("GET", door, nil)
		claire := a.attr("form[action='"+door+"/arrivee'] button[name=inscription]", "value")
		if a := helper.do("POST", door+"/arrivee", url.Values{"inscription": {claire}}); a.status != http.StatusConflict {
			t.Errorf("let in without a seat: %d", a.status)
		}
		if _, err := k.bookings.Cancel(t.Context(), account.Actor{}, amina.ID); err != nil {
			t.Fatal(err)
		}
		if a := helper.do("POST", door+"/arrivee", url.Values{"inscription": {claire}}); a.status != http.StatusSeeOther {
			t.Errorf("let in: %d", a.status)
		}
		if a := helper.do("POST", door+"/arrivee", url.Values{"inscription": {"nobody"}}); a.status != http.StatusNotFound {
			t.Errorf("nobody: %d", a.status)
		}
		list, err := k.bookings.Sheet(t.Context(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if held, _, _ := list.Count(k.clock.Now()); held != 3 || len(list.List) != 3 {
			t.Errorf("%d seats of 3 by %d parties", held, len(list.List))
		}
		// A helper reads a code with another application and puts it into the search.
		bruno := list.List[1]
		a = helper.do("GET", door+"?q="+url.QueryEscape("http://localhost/a-la-porte/"+k.bookings.Code(bruno.ID)), nil)
		if names := a.texts(".door-name"); len(names) != 1 || !strings.Contains(names[0], bruno.Name) {
			t.Errorf("by the code: %v", names)
		}
		if a := helper.do("GET", door+"?q=/a-la-porte/"+bruno.ID+".forged", nil); len(a.texts(".door-name")) != 0 {
			t.Errorf("by a forged code: %v", a.texts(".door-name"))
		}
	})
}

// A phone that had no network tells whom it let in: one name of one phone is
// one party, the seats are never held beyond what there is, and who is there
// all the same is in the list.
func TestComeWithoutANetwork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		m := k.plan(3)
		k.seat(m, "amina", 1)
		sheet, err := k.bookings.Sheet(t.Context(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		door := "/accueil/" + k.bookings.Helper(&sheet.Room)
		const one, two = "0b9ff3a4-57a3-4c4f-9d1e-2a9c3fd0aa01", "0b9ff3a4-57a3-4c4f-9d1e-2a9c3fd0aa02"
		n := 0
		arrival := func(device, name string, seats int) string {
			n++
			return fmt.Sprintf(`{"id":"0b9ff3a4-57a3-4c4f-9d1e-%012d","device":%q,"name":%q,"firm":"Petit Toitures","seats":%d,"at":%q}`, n, device, name, seats, m.Room.Start.Format(time.RFC3339))
		}
		early := k.phone(door+"/marques", `{"arrivals":[`+arrival(one, "Trop Tôt", 1)+`]}`)
		k.clock.Pass(m.Room.End.Sub(k.clock.Now()) + time.Hour) // it is over: the phone had no network all evening
		bruno := arrival(one, "Bruno Petit", 2)
		first := k.phone(door+"/marques", `{"marks":[],"arrivals":[`+bruno+`,`+arrival(one, " bruno  PETIT", 2)+`,`+arrival(two, "Claire", 1)+`]}`)
		again := k.phone(door+"/marques", `{"arrivals":[`+bruno+`,`+arrival(two, "Claire", 4)+`]}`)
		var a marksAnswer
		if err := json.Unmarshal(first.Body.Bytes(), &a); err != nil || early.Code != 200 || first.Code != 200 || again.Code != 200 || len(a.Arrivals) != 3 {
			t.Fatalf("%d %d %d %s", early.Code, first.Code, again.Code, first.Body)
		}
		if sheet, err = k.bookings.Sheet(t.Context(), m.ID); err != nil || len(sheet.List) != 3 {
			t.Fatalf("%d parties, %v", len(sheet.List), err)
		}
		seen, err := k.bookings.Presences(t.Context(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]booking.State{"amina": booking.Confirmed, "Bruno Petit": booking.Confirmed, "Claire": booking.WalkedIn}
		for _, x := range sheet.List {
			if x.State != want[x.Name] || x.Name != "amina" && (seen[x.ID].State != booking.Present || seen[x.ID].Seats != x.Seats) {
				t.Errorf("%s is %s, %v", x.Name, x.State, seen[x.ID])
			}
		}
		if held, _, _ := sheet.Count(k.clock.Now()); held != 3 {
			t.Errorf("%d seats are held of 3", held)
		}
		page := k.browser().do("GET", door, nil)
		if got := strings.Join(page.texts(".door-guest.present"), " "); !strings.Contains(got, "Venu sans place") || !strings.Contains(got, "Bruno Petit") {
			t.Errorf("the list: %q", got)
		}
		for _, wrong := range []string{arrival("phone", "X", 1), arrival(one, " ", 1), arrival(one, "X", 0), arrival(one, "X", 99)} {
			if w := k.phone(door+"/marques", `{"arrivals":[`+wrong+`]}`); w.Code != http.StatusBadRequest && w.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", wrong, w.Code)
			}
		}
	})
}

func FuzzMarks(f *testing.F) {
	f.Add([]byte(`{"marks":[` + aSentMark(1, "b", "present", time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) + `]}`))
	f.Add([]byte(`{"marks":null}`))
	f.Add([]byte(`{"arrivals":[{"id":"0b9ff3a4-57a3-4c4f-9d1e-2a9c3fd0aa01","device":"0b9ff3a4-57a3-4c4f-9d1e-2a9c3fd0aa02","name":"Léa","firm":"","seats":2,"at":"2026-12-03T18:00:00Z"}]}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		sent, err := readMarks(bytes.NewReader(text))
		if err != nil {
			if !errors.Is(err, errForm) || sent != nil {
				t.Fatalf("%v with %v", err, sent)
			}
			return
		}
		if len(sent.Marks) > maxMarks || len(sent.Arrivals) > maxMarks {
			t.Fatalf("%d marks, %d arrivals", len(sent.Marks), len(sent.Arrivals))
		}
		for _, a := range sent.Arrivals {
			if a.Name == "" || a.Seats < 1 || a.Seats > maxParty || !markID.MatchString(a.Device) || readable(a.Name) != a.Name {
				t.Fatalf("%+v", a)
			}
		}
		for _, m := range sent.Marks {
			if _, ok := booking.ParsePresence(string(m.State)); !ok || !markID.MatchString(m.ID) || m.Seats < 0 || m.Seats > maxParty || m.At.IsZero() || db.Time(db.Micros(m.At)).Sub(m.At).Abs() >= time.Microsecond {
				t.Fatalf("%+v", m)
			}
		}
	})
}
