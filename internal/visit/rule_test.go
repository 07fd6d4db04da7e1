package visit

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/booking"
	"passerelle/internal/clock"
)

var monday = time.Date(2026, 10, 5, 7, 0, 0, 0, time.UTC)

// The hour is that of the wall: at 14 h on both sides of a change of the
// clocks, which UTC does not see as the same.
func TestRule(t *testing.T) {
	at14 := 14 * time.Hour
	for _, test := range []struct {
		name string
		rule Rule
		want []string // at Paris, with the offset
	}{
		{"once", Rule{First: "2026-10-20", At: at14, Every: Once}, []string{"2026-10-20T14:00:00+02:00"}},
		{
			"weekly, over the end of summer time",
			Rule{First: "2026-10-20", At: at14, Every: Weekly, Until: "2026-11-03"},
			[]string{"2026-10-20T14:00:00+02:00", "2026-10-27T14:00:00+01:00", "2026-11-03T14:00:00+01:00"},
		},
		{
			"fortnightly, over its beginning",
			Rule{First: "2027-03-16", At: 9*time.Hour + 30*time.Minute, Every: Fortnightly, Until: "2027-03-31"},
			[]string{"2027-03-16T09:30:00+01:00", "2027-03-30T09:30:00+02:00"},
		},
		{
			"on the very day of the change",
			Rule{First: "2026-10-18", At: at14, Every: Weekly, Until: "2026-10-25"},
			[]string{"2026-10-18T14:00:00+02:00", "2026-10-25T14:00:00+01:00"},
		},
		{
			"monthly, the second Tuesday",
			Rule{First: "2026-10-13", At: at14, Every: Monthly, Until: "2027-01-31"},
			[]string{"2026-10-13T14:00:00+02:00", "2026-11-10T14:00:00+01:00", "2026-12-08T14:00:00+01:00", "2027-01-12T14:00:00+01:00"},
		},
		{
			"monthly, the fifth Friday is the last where there is none",
			Rule{First: "2026-10-30", At: at14, Every: Monthly, Until: "2027-01-31"},
			[]string{"2026-10-30T14:00:00+01:00", "2026-11-27T14:00:00+01:00", "2026-12-25T14:00:00+01:00", "2027-01-29T14:00:00+01:00"},
		},
		{
			"a day left out, another moved over the year's end",
			Rule{First: "2026-12-17", At: at14, Every: Weekly, Until: "2026-12-31", Except: []Exception{{Day: "2026-12-24"}, {Day: "2026-12-31", To: "2027-01-04"}}},
			[]string{"2026-12-17T14:00:00+01:00", "2027-01-04T14:00:00+01:00"},
		},
		{
			"moved onto another of the days: one visit",
			Rule{First: "2026-10-20", At: at14, Every: Weekly, Until: "2026-10-27", Except: []Exception{{Day: "2026-10-20", To: "2026-10-27"}}},
			[]string{"2026-10-27T14:00:00+01:00"},
		},
	} {
		starts, faults := test.rule.Starts(monday)
		var got []string
		for _, s := range starts {
			got = append(got, s.In(clock.Paris).Format(time.RFC3339))
		}
		if diff := cmp.Diff(test.want, got); diff != "" || faults != nil {
			t.Errorf("%s: %v\n%s", test.name, faults, diff)
		}
	}
	for _, test := range []struct {
		rule Rule
		want Fault
	}{
		{Rule{At: at14, Every: Once}, Fault{"first", "missing"}},
		{Rule{First: "2026-10-01", At: at14, Every: Once}, Fault{"first", "past"}},
		{Rule{First: "2028-10-01", At: at14, Every: Once}, Fault{"first", "far"}},
		{Rule{First: "2026-10-20", At: 24 * time.Hour, Every: Once}, Fault{"at", "hour"}},
		{Rule{First: "2026-10-20", At: at14, Every: "daily"}, Fault{"every", "every"}},
		{Rule{First: "2026-10-20", At: at14, Every: Weekly}, Fault{"until", "missing"}},
		{Rule{First: "2026-10-20", At: at14, Every: Weekly, Until: "2026-10-19"}, Fault{"until", "before"}},
		{Rule{First: "2026-10-20", At: at14, Every: Weekly, Until: "2029-10-19"}, Fault{"until", "far"}},
		{Rule{First: "2026-10-20", At: at14, Every: Weekly, Until: "2026-11-03", Except: []Exception{{Day: "2026-10-21"}}}, Fault{"except", "except"}},
		{Rule{First: "2026-10-20", At: at14, Every: Once, Except: []Exception{{Day: "2026-10-20"}}}, Fault{"except", "nothing"}},
		{Rule{First: "2026-10-20", At: at14, Every: Once, Except: []Exception{{Day: "2026-10-20", To: "2029-01-01"}}}, Fault{"except", "far"}},
	} {
		if starts, faults := test.rule.Starts(monday); len(faults) != 1 || faults[0] != test.want || starts != nil {
			t.Errorf("%+v: %v, %v, want %v", test.rule, starts, faults, test.want)
		}
	}
}

func TestExceptions(t *testing.T) {
	got, wrong := ParseExceptions("24/12/2026\n2026-12-31 > 4/1/2027, ;\n")
	want := []Exception{{Day: "2026-12-24"}, {Day: "2026-12-31", To: "2027-01-04"}}
	if diff := cmp.Diff(want, got); diff != "" || wrong != "" {
		t.Errorf("%q\n%s", wrong, diff)
	}
	for _, text := range []string{"Noël", "2026-12-31 >", "31/02/2026", strings.Repeat("2026-12-24,", MaxSlots+1)} {
		if got, wrong := ParseExceptions(text); wrong == "" {
			t.Errorf("%.30q was read: %v", text, got)
		}
	}
}

func FuzzParseExceptions(f *testing.F) {
	for _, s := range []string{"24/12/2026", "2026-12-31 > 2027-01-04", "a > b", ">", "→"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list, wrong := ParseExceptions(s)
		if wrong != "" && list != nil || len(list) > MaxSlots {
			t.Errorf("%q: %v and %q", s, list, wrong)
		}
		for _, x := range list {
			if x.Day == "" || x.Day.Time().IsZero() {
				t.Errorf("%q: read as the day %q", s, x.Day)
			}
		}
	})
}

// A class comes with its ages and its adults; nothing more is known of minors.
func TestHardCase03Class(t *testing.T) {
	bands, err := LoadBands()
	if err != nil {
		t.Fatal(err)
	}
	host := Offer{Terms: Terms{Minors: true, LeastAge: 6}}
	for _, test := range []struct {
		name  string
		offer Offer
		party booking.Party
		seats int
		want  error
	}{
		{"adults only", Offer{}, booking.Party{}, 4, nil},
		{"minors where none may come", Offer{}, booking.Party{Minors: 1, AgeFrom: 16}, 2, ErrMinors},
		{"ages not said", host, booking.Party{Minors: 10}, 12, ErrAges},
		{"ages the wrong way round", host, booking.Party{Minors: 10, AgeFrom: 12, AgeTo: 9}, 12, ErrAges},
		{"too young", host, booking.Party{Minors: 8, AgeFrom: 5}, 12, ErrYoung},
		{"thirty of eight years with two adults", host, booking.Party{Minors: 30, AgeFrom: 8, AgeTo: 9}, 32, nil},
		{"thirty-one with two", host, booking.Party{Minors: 31, AgeFrom: 8, AgeTo: 9}, 33, ErrAdults},
		{"nobody with them", host, booking.Party{Minors: 3, AgeFrom: 15}, 3, ErrAdults},
		{"small ones take an adult for eight", Offer{Terms: Terms{Minors: true}}, booking.Party{Minors: 9, AgeFrom: 4}, 10, ErrAdults},
	} {
		if got := test.offer.Welcomes(bands, test.party, test.seats); !errors.Is(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if b, ok := bands.Of("immersion", 16); !ok || b.Days != 30 {
		t.Errorf("immersion from 16: %+v, %t", b, ok)
	}
	if b, ok := bands.Of("observation", 9); ok {
		t.Errorf("observation at 9: %+v", b)
	}
	for _, text := range []string{"visit\t3\t5\t8\t0", "visit\tthree\t5\t8\t0\tx", "visit\t-3\t5\t8\t0\tx"} {
		if _, err := parseBands(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
