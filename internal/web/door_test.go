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

func FuzzMarks(f *testing.F) {
	f.Add([]byte(`{"marks":[` + aSentMark(1, "b", "present", time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) + `]}`))
	f.Add([]byte(`{"marks":null}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		marks, err := readMarks(bytes.NewReader(text))
		if err != nil {
			if !errors.Is(err, errForm) || marks != nil {
				t.Fatalf("%v with %d marks", err, len(marks))
			}
			return
		}
		if len(marks) > maxMarks {
			t.Fatalf("%d marks", len(marks))
		}
		for _, m := range marks {
			if _, ok := booking.ParsePresence(string(m.State)); !ok || !markID.MatchString(m.ID) || m.Seats < 0 || m.Seats > maxParty || m.At.IsZero() || db.Time(db.Micros(m.At)).Sub(m.At).Abs() >= time.Microsecond {
				t.Fatalf("%+v", m)
			}
		}
	})
}
