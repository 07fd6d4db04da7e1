package clock

import (
	"testing"
	"time"
)

// The days of Easter are those the Bureau des longitudes publishes.
func TestEaster(t *testing.T) {
	for year, want := range map[int]string{1818: "03-22", 1943: "04-25", 2000: "04-23", 2008: "03-23", 2024: "03-31", 2025: "04-20", 2026: "04-05", 2027: "03-28", 2028: "04-16", 2038: "04-25", 2285: "03-22"} {
		if got := Easter(year); got.Format("01-02") != want || got.Weekday() != time.Sunday {
			t.Errorf("Easter %d: %s, want %s", year, got.Format(time.DateOnly), want)
		}
	}
}

func TestHoliday(t *testing.T) {
	want := map[Day]string{
		"2027-01-01": "new_year", "2027-03-29": "easter_monday", "2027-05-01": "labour", "2027-05-06": "ascension", "2027-05-08": "victory", "2027-05-17": "whit_monday",
		"2027-07-14": "bastille", "2027-08-15": "assumption", "2027-11-01": "all_saints", "2027-11-11": "armistice", "2027-12-25": "christmas",
	}
	for day := Day("2027-01-01").Time(); day.Year() == 2027; day = day.AddDate(0, 0, 1) {
		d := Day(day.Format(time.DateOnly))
		if got, is := Holiday(d); got != want[d] || is != (want[d] != "") {
			t.Errorf("%s: %q, want %q", d, got, want[d])
		}
	}
	if name, is := Holiday(""); is {
		t.Errorf("no day is %s", name)
	}
}
