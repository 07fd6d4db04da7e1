package meeting

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/place"
	"passerelle/internal/sheet"
	"passerelle/internal/trade"
)

var ada = &account.Person{ID: "ada", Territories: []string{"artois", "calaisis"}, Duties: []account.Duty{{Role: account.Facilitator, Institution: account.CMA}}}

func names(t testing.TB) *Names {
	t.Helper()
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &Names{places, trades}
}

// away writes meetings as a file.
func away(t testing.TB, n *Names, write func(*bytes.Buffer, sheet.Table) error, list []Listed) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, sheet.Table{Title: "Réunions", Head: Columns, Rows: func(yield func([]sheet.Cell) bool) {
		for i := range list {
			if !yield(n.Cells(&list[i].Meeting)) {
				return
			}
		}
	}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fates counts what becomes of the rows of a file.
func fates(t *testing.T, all []Brought) map[Fate]int {
	t.Helper()
	n := map[Fate]int{}
	for _, b := range all {
		n[b.Fate]++
		if b.Fate == Rejected && len(b.Faults) == 0 {
			t.Errorf("line %d is refused without a reason", b.Line)
		}
	}
	return n
}

// HardCase38 and HardCase40: what is taken away is brought back to nothing
// changed, as CSV and as XLSX, on both days on which the clocks change, with
// telephone numbers and with what a spreadsheet would run.
func TestHardCase38TakenAwayAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ms := &Meetings{DB: d, Clock: clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), Bookings: &booking.Bookings{DB: d, Clock: clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))}}
		n := names(t)
		by := account.Actor{Who: ada.ID, Channel: account.Web}
		var list []Meeting
		for i, at := range []string{"2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z", "2027-10-31T01:30:00Z", "2027-10-31T17:00:00Z", "2027-06-30T21:30:00Z"} {
			start, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, Meeting{
				Title: []string{"Se connaître", "=1+1 ; « guillemets » \"droits\"", "+33 3 21 00 00 00", "-2+3", "L'atelier\tici"}[i], Words: "Une ligne\nune autre ; avec, tout", Territory: "artois", Commune: "62473",
				Venue:  Venue{Name: "Salle 007", Street: "12, rue de la Gare", Contact: "Nadia, +33 3 21 00 00 01", Access: "@accès"},
				Agenda: []Item{{15, "Accueil", ""}, {0, "Se dire", "Ada"}}, Trades: []string{"boulanger", "menuisier"}[:i%3], Organiser: "ada",
				Room: booking.Room{Seats: 50 + i, Reserved: i, Skips: i%2 == 0, Start: start, End: start.Add(90 * time.Minute)},
			})
		}
		if _, faults, err := ms.Plan(t.Context(), by, list); err != nil {
			t.Fatalf("%v %v", faults, err)
		}
		held, err := ms.Meetings(t.Context(), Filter{Drafts: true})
		if err != nil {
			t.Fatal(err)
		}
		for kind, write := range map[string]func(*bytes.Buffer, sheet.Table) error{
			"CSV":  func(b *bytes.Buffer, x sheet.Table) error { return sheet.WriteCSV(b, x) },
			"XLSX": func(b *bytes.Buffer, x sheet.Table) error { return sheet.WriteXLSX(b, x) },
		} {
			file := away(t, n, write, held)
			if kind == "CSV" && (!strings.Contains(string(file), ";+33 3 21 00 00 00;") || strings.Contains(string(file), ";=1+1")) {
				t.Errorf("the guard:\n%s", file)
			}
			rows, err := ReadTable(file, "reunions")
			if err != nil {
				t.Fatal(err)
			}
			all, err := ms.TakeIn(t.Context(), by, ada, n, rows)
			if err != nil {
				t.Fatal(err)
			}
			if got := fates(t, all); got[Same] != len(held) {
				t.Errorf("%s: %v\n%+v", kind, got, all)
			}
		}
	})
}

func TestBring(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
		ms := &Meetings{DB: d, Clock: now, Bookings: &booking.Bookings{DB: d, Clock: now}}
		n := names(t)
		by := account.Actor{Who: ada.ID, Channel: account.Web}
		start := time.Date(2026, 12, 10, 17, 0, 0, 0, time.UTC)
		planned, _, err := ms.Plan(t.Context(), by, []Meeting{
			{State: Published, Title: "Déjà là", Territory: "artois", Commune: "62473", Organiser: "ada", Room: booking.Room{Seats: 3, Start: start, End: start.Add(time.Hour)}},
			{Title: "D’ailleurs", Territory: "boulonnais", Commune: "62160", Organiser: "bea", Room: booking.Room{Seats: 3, Start: start, End: start.Add(time.Hour)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ms.Bookings.Book(t.Context(), booking.Ask{Room: planned[0].ID, Name: "Amina", Mail: "amina@lys.fr", Seats: 2, By: by}); err != nil {
			t.Fatal(err)
		}
		const head = "Titre;Territoire;Commune;Jour;De;À;Places;Série;Identifiant;Métiers;Liste d'attente\r\n"
		file := head +
			"Nouvelle;Artois;Isbergues;15/12/2026;18h;20h30;40;printemps;;boulanger;passe\r\n" + // 2
			"Sœur;calaisis;62193 Calais;2026-12-16;18:00;0,8125;40;printemps;;;\r\n" + // 3
			"Seule;calaisis;Calais;2026-12-17;22:00;1h;40;;;;\r\n" + // 4
			"Déjà là;artois;Isbergues;2026-12-10;18:00;19:00;9;;" + planned[0].ID + ";;\r\n" + // 5
			"deja la;artois;Isbergues;2026-12-10;18:00;19:00;9;;;;\r\n" + // 6: twice
			";artois;Isbergues;2026-12-10;18:00;19:00;9;;;;\r\n" + // 7: no title
			"X;nulle part;Isbergues;2026-12-10;18:00;19:00;9;;;;\r\n" + // 8
			"X;artois;Xyzzy;2026-12-10;18:00;19:00;9;;;;\r\n" + // 9
			"X;artois;Isbergues;31/02/2027;18:00;19:00;9;;;;\r\n" + // 10
			"X;artois;Isbergues;2027-03-28;02:30;04:00;9;;;;\r\n" + // 11: no such hour
			"X;artois;Isbergues;2026-11-01;18:00;19:00;9;;;;\r\n" + // 12: past
			"X;artois;Isbergues;2026-12-10;18:00;19:00;beaucoup;;;;\r\n" + // 13
			"X;boulonnais;62160;2026-12-10;18:00;19:00;9;;;;\r\n" + // 14: not hers
			"D’ailleurs;artois;Isbergues;2026-12-10;18:00;19:00;9;;" + planned[1].ID + ";;\r\n" + // 15: not hers
			"X;artois;Isbergues;2026-12-10;18:00;19:00;9;;nobody;;\r\n" + // 16
			"X;artois;Isbergues;2026-12-10;18:00;19:00;9;;;magicien;\r\n" + // 17
			"X;artois;Isbergues;2026-12-10;18:00;19:00;9;;;;peut-être\r\n" // 18
		rows, err := ReadTable([]byte(file), "reunions.csv")
		if err != nil {
			t.Fatal(err)
		}
		all, err := ms.Bring(t.Context(), ada, n, rows)
		if err != nil {
			t.Fatal(err)
		}
		want := map[int]string{
			2: "new", 3: "new", 4: "new", 5: "changed places", 6: "refused titre twice", 7: "refused titre missing", 8: "refused territoire territory", 9: "refused commune commune", 10: "refused jour day", 11: "refused de no_hour",
			12: "refused jour past", 13: "refused places number", 14: "refused territoire denied", 15: "refused territoire denied", 16: "refused identifiant unknown", 17: "refused métiers trade", 18: "refused liste d’attente rule",
		}
		for _, b := range all {
			got := string(b.Fate)
			for _, c := range b.Changes {
				got += " " + c.Column
			}
			if b.Fate == Rejected {
				got = fmt.Sprint(b.Fate, " ", b.Faults[0].Field, " ", b.Faults[0].Key)
			}
			if got != want[b.Line] {
				t.Errorf("line %d: %q, want %q", b.Line, got, want[b.Line])
			}
		}
		if list, err := ms.Meetings(t.Context(), Filter{Drafts: true}); err != nil || len(list) != 2 {
			t.Fatalf("looking made %d meetings, %v", len(list), err)
		}
		if all, err = ms.TakeIn(t.Context(), by, ada, n, rows); err != nil || fates(t, all)[Added] != 3 || fates(t, all)[Altered] != 1 {
			t.Fatalf("%v, %v", fates(t, all), err)
		}
		list, err := ms.Meetings(t.Context(), Filter{Drafts: true})
		if err != nil || len(list) != 5 {
			t.Fatalf("%d meetings, %v", len(list), err)
		}
		by2 := map[string]Meeting{}
		for i := range list {
			by2[list[i].Title] = list[i].Meeting
		}
		if a, b, c := by2["Nouvelle"], by2["Sœur"], by2["Seule"]; a.Series == "" || a.Series != b.Series || c.Series != "" || a.Shown() || !a.Room.Skips || b.Room.End.Sub(b.Room.Start) != 90*time.Minute || c.Room.End.Sub(c.Room.Start) != 3*time.Hour || a.Organiser != "ada" {
			t.Errorf("%+v\n%+v\n%+v", a, b, c)
		}
		if m := by2["Déjà là"]; m.Room.Seats != 9 || !m.Shown() {
			t.Errorf("%+v", m)
		}
		// The same file again changes nothing.
		if all, err = ms.TakeIn(t.Context(), by, ada, n, rows); err != nil || fates(t, all)[Same] != 4 || fates(t, all)[Added]+fates(t, all)[Altered] != 0 {
			t.Errorf("again: %v, %v", fates(t, all), err)
		}
		few, err := ReadTable([]byte("identifiant;places\n"+planned[0].ID+";1\n"), "x.csv")
		if err != nil {
			t.Fatal(err)
		}
		if all, err = ms.Bring(t.Context(), ada, n, few); err != nil || all[0].Fate != Rejected || all[0].Faults[0].Key != "held" {
			t.Errorf("fewer seats than are held: %+v, %v", all, err)
		}
	})
}

// Whatever comes in is read or refused, and what is read can be brought.
func FuzzReadTable(f *testing.F) {
	f.Add([]byte("Titre;Territoire;Commune;Jour;De;À;Places\nA;artois;Isbergues;2027-03-28;18:00;19h;4\n"))
	f.Add([]byte("identifiant,déroulé\n\"x\",\"1|2|3\n|||\"\n"))
	n := names(f)
	d := dbtest.SQLite(f)
	now := clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	ms := &Meetings{DB: d, Clock: now, Bookings: &booking.Bookings{DB: d, Clock: now}}
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := ReadTable(data, "reunions.csv")
		if err != nil {
			var e *sheet.Error
			if !errors.As(err, &e) || e.Fault == "" {
				t.Fatalf("an error without a fault: %v", err)
			}
			return
		}
		all, err := ms.Bring(t.Context(), ada, n, rows)
		if err != nil || len(all) != len(rows) {
			t.Fatalf("%d rows, %d fates, %v", len(rows), len(all), err)
		}
		fates(t, all)
		for _, b := range all {
			if b.Fate == Added && (b.Meeting.Title == "" || b.Meeting.Room.Seats < 1 || !b.Meeting.Room.End.After(b.Meeting.Room.Start)) {
				t.Fatalf("line %d would be added: %+v", b.Line, b.Meeting)
			}
		}
	})
}
