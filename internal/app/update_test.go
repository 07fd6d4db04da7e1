package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/register/synth"
)

// A publisher serves the invented registers as zips, but for what a test puts
// in their place.
type publisher struct {
	*httptest.Server
	mu    sync.Mutex
	other map[string]http.HandlerFunc // by path
	asked map[string]int
}

func publish(t *testing.T) *publisher {
	t.Helper()
	files := http.FileServer(http.Dir(registers(t, synth.Zip)))
	p := &publisher{other: map[string]http.HandlerFunc{}, asked: map[string]int{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked[r.URL.Path]++
		other := p.other[r.URL.Path]
		p.mu.Unlock()
		if other != nil {
			other(w, r)
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// gives makes the answer to a path these bytes.
func (p *publisher) gives(path string, text []byte) {
	p.other[path] = func(w http.ResponseWriter, _ *http.Request) { w.Write(text) } //nolint:errcheck // a client may go away
}

// addressed writes an addresses.json that names the publisher's files.
func (p *publisher) addressed(t *testing.T, dir string, sums map[string]string, lists ...listFeed) {
	t.Helper()
	at := func(name string) feed { return feed{URL: p.URL + "/" + name + ".zip", SHA256: sums[name]} }
	text, err := json.Marshal(feeds{
		Units: at(unitsFile), Establishments: at(establishmentsFile), Geolocation: at(geolocationFile), Successions: at(successionsFile), Lists: lists,
	})
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, addressesFile), string(text))
}

// put writes a file, and its folder.
func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

// zipped returns an invented register as it is published.
func zipped(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(registers(t, synth.Zip), name+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// answer searches a data folder and returns the answer in JSON.
func answer(t *testing.T, dir string) string {
	t.Helper()
	code, out, stderr := start(t, nil, "search", "--json", "--per-page=100", "--data", dir)
	if code != exitDone {
		t.Fatal(stderr)
	}
	return out
}

func TestImportDownloads(t *testing.T) {
	p := publish(t)
	dir := t.TempDir()
	sums := map[string]string{}
	for _, name := range []string{unitsFile, establishmentsFile, geolocationFile, successionsFile} {
		sums[name] = strings.ToUpper(fmt.Sprintf("%x", sha256.Sum256(zipped(t, name))))
	}
	p.addressed(t, dir, sums)
	broke := false
	p.other["/"+establishmentsFile+".zip"] = func(w http.ResponseWriter, r *http.Request) {
		text := zipped(t, establishmentsFile)
		if !broke {
			broke = true
			w.Header().Set("Last-Modified", "Sun, 01 Nov 2026 05:00:00 GMT")
			w.Write(text[:len(text)/2]) //nolint:errcheck // what a client gets is seen below
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "x.zip", mustTime(t, "Sun, 01 Nov 2026 05:00:00 GMT"), bytes.NewReader(text))
	}
	code, out, stderr := start(t, nil, "import", "sirene", "--download", "--departments=48", "--as-of=2026-11-01", "--data", dir)
	if code != exitDone || stderr != "" || !strings.Contains(out, "Annuaire : ") {
		t.Fatalf("exit %d, %s\n%s", code, stderr, out)
	}
	if n := p.asked["/"+establishmentsFile+".zip"]; n != 2 {
		t.Errorf("the establishments were asked for %d times, want 2", n)
	}
	if got, want := answer(t, dir), answer(t, lozere(t)); got != want {
		t.Errorf("what was downloaded gives\n%.500s\nand the files\n%.500s", got, want)
	}
}

// What a producer gives wrongly leaves the data folder as it was, whether it
// was empty or not.
func TestImportRefusesDownloads(t *testing.T) {
	whole := zipped(t, unitsFile)
	spoiled := bytes.Clone(whole)
	spoiled[len(spoiled)/2] ^= 0x40
	for _, c := range []struct {
		about string
		name  string
		other []byte
		sum   string
		want  string
	}{
		{"a page of excuses", unitsFile, []byte("<!DOCTYPE html>\n<html><title>Maintenance</title></html>\n"), "", unitsFile + ".zip"},
		{"nothing", establishmentsFile, []byte{}, "", establishmentsFile + ".zip"},
		{"noise", geolocationFile, bytes.Repeat([]byte{0, 0xff, 7}, 3000), "", geolocationFile + ".zip"},
		{"cut in its head", unitsFile, whole[:20], "", unitsFile + ".zip"},
		{"cut in the middle", unitsFile, whole[:len(whole)/2], "", unitsFile + ".zip"},
		{"spoiled", unitsFile, spoiled, "", unitsFile + ".zip"},
		{"successions cut", successionsFile, zipped(t, successionsFile)[:900], "", successionsFile + ".zip"},
		{"another sum than the producer's", unitsFile, nil, strings.Repeat("0", 64), "SHA-256"},
	} {
		t.Run(c.about, func(t *testing.T) {
			p := publish(t)
			if c.other != nil {
				p.gives("/"+c.name+".zip", c.other)
			}
			for _, dir := range []string{t.TempDir(), lozere(t)} {
				p.addressed(t, dir, map[string]string{c.name: c.sum})
				same := unchanged(t, dir)
				code, out, stderr := start(t, nil, "import", "sirene", "--download", "--departments=48", "--data", dir)
				if code != exitFailure || out != "" || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, p.URL) || !strings.Contains(stderr, "Rien n'a été changé") {
					t.Errorf("exit %d, %s\n%s; want 1 and the address", code, out, stderr)
				}
				same(t, c.about)
			}
		})
	}
}

func mustTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := http.ParseTime(text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestUpdate(t *testing.T) {
	p := publish(t)
	dir := t.TempDir()
	put(t, filepath.Join(dir, addressesFile), `{}`)
	p.addressed(t, dir, nil)
	same := unchanged(t, dir)
	code, _, stderr := start(t, nil, "update", "--data", dir)
	if code != exitUsage || !strings.Contains(stderr, "--departments 62,59 ou all") {
		t.Errorf("without a département: exit %d, %s", code, stderr)
	}
	same(t, "without a département")

	// The départements of the command line, then those of the import before.
	for _, flags := range [][]string{{"--departments=48"}, nil} {
		code, out, stderr := start(t, nil, append([]string{"update", "--data", dir}, flags...)...)
		if code != exitDone || stderr != "" || !strings.Contains(out, "en département 48,") || !strings.Contains(out, "sirene au 1er novembre 2026") {
			t.Errorf("update %q: exit %d, %s\n%s", flags, code, stderr, out)
		}
	}
	if got, want := answer(t, dir), answer(t, lozere(t)); got != want {
		t.Errorf("update gives\n%.500s\nand the files\n%.500s", got, want)
	}

	// A stock that fails leaves all as it was, lists included.
	scop := listFeed{feed: feed{URL: p.URL + "/scop.csv"}, Label: "scop", ESS: true}
	p.addressed(t, dir, nil, scop)
	p.gives("/"+establishmentsFile+".zip", zipped(t, establishmentsFile)[:5000])
	same = unchanged(t, dir)
	code, out, stderr := start(t, nil, "update", "--data", dir)
	if code != exitFailure || out != "" || !strings.Contains(stderr, establishmentsFile) {
		t.Errorf("with a stock cut short: exit %d, %s\n%s", code, stderr, out)
	}
	same(t, "a stock cut short")
}

func TestUpdateOfLists(t *testing.T) {
	lists := func(p *publisher) []listFeed {
		return []listFeed{
			{feed: feed{URL: p.URL + "/scop.csv"}, Label: "scop", ESS: true},
			{feed: feed{URL: p.URL + "/rge.csv"}, Label: "rge"},
			{feed: feed{URL: p.URL + "/siae.csv"}, Label: "siae", ESS: true, KindColumn: "kind"},
		}
	}
	kept := func(t *testing.T, dir string) string {
		t.Helper()
		var out []string
		for name := range folder(t, dir) {
			if strings.HasPrefix(name, "/sources/list-") {
				out = append(out, strings.TrimSuffix(strings.TrimPrefix(name, "/sources/list-"), ".zip"))
			}
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		about, fails string
		code         int
		kept, marked string
	}{
		{"all there", "", exitDone, "rge scop siae", "rge aci"},
		{"the first fails", "scop", exitFailure, "rge siae", "rge aci"},
		{"the one between fails", "rge", exitFailure, "scop siae", "aci"},
		{"the last fails", "siae", exitFailure, "rge scop", "rge"},
	} {
		t.Run(c.about, func(t *testing.T) {
			p := publish(t)
			dir := lozere(t)
			p.addressed(t, dir, nil, lists(p)...)
			if c.fails != "" {
				p.gives("/"+c.fails+".csv", []byte("un;deux\n1;2\n"))
			}
			code, out, stderr := start(t, nil, "update", "--data", dir)
			if code != c.code {
				t.Errorf("exit %d, want %d: %s", code, c.code, stderr)
			}
			if c.fails != "" && (!strings.Contains(stderr, "liste "+c.fails) || !strings.Contains(stderr, p.URL+"/"+c.fails+".csv")) {
				t.Errorf("stderr %q does not name the list and its address", stderr)
			}
			if strings.Contains(out, "aura été importé") {
				t.Errorf("it promises what is done in the same breath:\n%s", out)
			}
			if n := strings.Count(out, "Annuaire : "); n != 1 {
				t.Errorf("%d snapshots are told, want 1:\n%s", n, out)
			}
			if got := kept(t, dir); got != c.kept {
				t.Errorf("kept %q, want %q", got, c.kept)
			}
			for _, label := range []string{"rge", "aci"} {
				code, out, stderr := start(t, nil, "search", "--json", "--label", label, "--data", dir)
				if found := code == exitDone && !strings.Contains(out, `"total":0`); found != strings.Contains(c.marked, label) {
					t.Errorf("label %s: %s%.300s", label, stderr, out)
				}
			}
		})
	}
}

// An addresses.json that cannot be followed is told before anything is asked
// of anyone; one that names little replaces little.
func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "EOF",
		`{"unitz": {}}`:          "unitz",
		`{} {}`:                  "du texte suit",
		`{"units": {"url": ""}}`: "units",
		`{"lists": [{"url": "https://x/l.csv"}]}`: "liste 1",
		`{"lists": [{"label": "scop"}]}`:          "liste 1",
	} {
		dir := t.TempDir()
		path := put(t, filepath.Join(dir, addressesFile), text)
		same := unchanged(t, dir)
		for _, args := range [][]string{{"update", "--departments=48"}, {"import", "sirene", "--download", "--departments=48"}} {
			code, out, stderr := start(t, nil, append(args, "--data", dir)...)
			if code != exitFailure || out != "" || !strings.Contains(stderr, path) || !strings.Contains(stderr, want) {
				t.Errorf("%s: %q: exit %d, %s; want the file and %q", text, args, code, stderr, want)
			}
		}
		same(t, text)
	}

	dir := t.TempDir()
	put(t, filepath.Join(dir, addressesFile), `{"geolocation": {"url": ""}, "departments": ["62"]}`)
	f, err := readFeeds(dir)
	if err != nil || f.Geolocation.URL != "" || !strings.HasPrefix(f.Units.URL, "https://") || !slices.Equal(f.Departments, []string{"62"}) {
		t.Errorf("%+v, %v", f, err)
	}
}
