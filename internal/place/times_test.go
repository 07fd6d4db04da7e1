package place

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// minutesOf reads a matrix and returns the time between two communes of today.
func minutesOf(t *testing.T, text, from, to string) (int, bool) {
	t.Helper()
	a := atlas(t)
	times, err := a.ReadTimes(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	i, _ := a.Index(from)
	j, _ := a.Index(to)
	there, ok := times.Minutes(i, j)
	if back, same := times.Minutes(j, i); back != there || same != ok {
		t.Errorf("%q: %d there, %d back", text, there, back)
	}
	return there, ok
}

func TestReadTimes(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		minutes int
		known   bool
	}{
		"one way is good for both":        {"from,to,minutes\n62473,62119,18\n", 18, true},
		"the slower of the two ways":      {"from,to,minutes\n62473,62119,18\n62119,62473,21.4\n", 21, true},
		"columns in any order, and more":  {"km,to,minutes,from\n9,62119,18,62473\n", 18, true},
		"semicolons, a mark, and a comma": {"\uFEFFfrom;to;minutes\r\n62473;62119;17,6\r\n", 18, true},
		"old codes, the shortest":         {"from,to,minutes\n62110,62119,25\n62473,62119,20\n62575,62119,22\n", 20, true},
		"other pairs say nothing":         {"from,to,minutes\n62473,62041,18\n", 0, false},
		"nothing within a commune":        {"from,to,minutes\n62110,62473,7\n62473,62041,18\n", 0, false},
	} {
		if m, ok := minutesOf(t, c.text, "62473", "62119"); m != c.minutes || ok != c.known {
			t.Errorf("%s: %d, %t; want %d, %t", name, m, ok, c.minutes, c.known)
		}
	}
}

func TestTimesFaults(t *testing.T) {
	a := atlas(t)
	_, err := a.ReadTimes(strings.NewReader("from,to,minutes\n62473,99999,18\n62473,62119,-1\n62473,62119\n\n62473,62119,NaN\n62473,62119,1441\n62473,6211\xff,3\n"))
	var faults *TimesError
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	want := []TimesFault{{2, "commune", "99999"}, {3, "minutes", "-1"}, {4, "columns", "62473,62119"}, {6, "minutes", "NaN"}, {7, "minutes", "1441"}, {8, "bytes", "6211?"}}
	if len(faults.Faults) != len(want) {
		t.Fatalf("%+v", faults)
	}
	for i, f := range faults.Faults {
		if f != want[i] {
			t.Errorf("%+v, want %+v", f, want[i])
		}
	}
	_, err = a.ReadTimes(strings.NewReader("from,to,minutes\n" + strings.Repeat("x,y,z\n", 50)))
	if !errors.As(err, &faults) || len(faults.Faults) != mostFaults || faults.More != 50-mostFaults {
		t.Errorf("fifty faults: %v", err)
	}
	for text, want := range map[string]error{"": ErrNoTimes, "from,to,minutes\n": ErrNoTimes, "from,to,minutes\n62473,62473,3\n": ErrNoTimes} {
		if _, err := a.ReadTimes(strings.NewReader(text)); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := a.ReadTimes(strings.NewReader("de,vers,temps\n62473,62119,3\n")); !errors.As(err, &faults) || faults.Faults[0].Line != 1 {
		t.Errorf("other columns: %v", err)
	}
	var many strings.Builder
	many.WriteString("from,to,minutes\n")
	for _, c := range a.Communes()[1 : mostCommunes+2] {
		many.WriteString(a.Communes()[0].Code + "," + c.Code + ",3\n")
	}
	if _, err := a.ReadTimes(strings.NewReader(many.String())); !errors.Is(err, ErrManyTimes) {
		t.Errorf("too many communes: %v", err)
	}
}

// What is read is written as it is read.
func FuzzReadTimes(f *testing.F) {
	a := atlas(f)
	for _, text := range []string{"from,to,minutes\n62473,62119,18\n62110,62119,9\n", "from;to;minutes\n62473;62119;1,5", "", "\uFEFFminutes,to,from\n1,62041,62473\n\"\"", "from,to,minutes\n\"62473\n,1\n"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		times, err := a.ReadTimes(bytes.NewReader(text))
		if err != nil {
			return
		}
		var once, twice bytes.Buffer
		if err := times.Write(&once); err != nil {
			t.Fatal(err)
		}
		again, err := a.ReadTimes(bytes.NewReader(once.Bytes()))
		if err != nil {
			t.Fatalf("%q: %v", once.Bytes(), err)
		}
		if err := again.Write(&twice); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Errorf("%q, then %q, %v", once.Bytes(), twice.Bytes(), err)
		}
	})
}
