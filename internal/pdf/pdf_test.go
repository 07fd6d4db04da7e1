package pdf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cacheDir is the folder of pdftest, which this package cannot import.
func cacheDir(t *testing.T) string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return t.TempDir()
	}
	return filepath.Join(dir, "passerelle-tests")
}

// open makes a press whose templates are those given, or the house's. Its
// machine code is kept between runs: making it takes 15 seconds.
func open(t *testing.T, templates map[string]string) *Press {
	t.Helper()
	p, err := New(Config{CacheDir: cacheDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	if templates != nil {
		m := fstest.MapFS{}
		for name, text := range templates {
			m[name] = &fstest.MapFile{Data: []byte(text)}
		}
		p.templates = m
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func sample(t *testing.T) Letter {
	t.Helper()
	qr, err := QR("https://passerelle.example/mon-espace/revendications/01k0000000000000000000000")
	if err != nil {
		t.Fatal(err)
	}
	return Letter{
		Language: "fr", House: "Passerelle", Sender: []string{"Nadia Wacheux", "Chambre de métiers et de l’artisanat"}, To: []string{"AU PAIN D’ISBERGUES", "12 RUE DE L’ÉGLISE", "62330 ISBERGUES"},
		Day: "23 novembre 2026", ISO: [3]int{2026, 11, 23}, Title: "Votre code pour Au Pain d’Isbergues", Before: []string{"Bonjour,", "Voici votre code."},
		Code:  &Code{Text: "K7PM 4WXQ", Label: "Votre code", QR: qr, Scan: "Ou visez ce carré avec l’appareil photo."},
		After: []string{"Vous avez cinq essais."}, Signed: []string{"Nadia Wacheux"}, Foot: "Passerelle · bonjour@passerelle.example",
	}
}

func TestLetter(t *testing.T) {
	p := open(t, nil)
	p.Warm(t.Context())
	first, err := p.Letter(t.Context(), sample(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"%PDF-1.7", "/StructTreeRoot", "/Lang (fr)", "BricolageGrotesque", "Literata", "AtkinsonHyperlegibleMono", "%%EOF"} {
		if !bytes.Contains(first, []byte(want)) {
			t.Errorf("the letter has no %s", want)
		}
	}
	if n := bytes.Count(first, []byte("/Type /Page\n")); n != 1 {
		t.Errorf("%d pages", n)
	}
	again, err := p.Letter(t.Context(), sample(t))
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the same letter is of other bytes: %v", err)
	}
	plain := sample(t)
	plain.Code, plain.Language = nil, "en"
	plain.After = strings.Split(strings.Repeat("A paragraph that is longer than a line of the paper is wide, twice over, to be sure of it.|", 40), "|")
	long, err := p.Letter(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(long, []byte("/Type /Page\n")); n < 2 {
		t.Errorf("a long letter has %d pages", n)
	}
}

// A text in the data is never read as markup or as code, whatever it has.
func TestTextIsText(t *testing.T) {
	p := open(t, map[string]string{"same.typ": `#let d = json("/data.json")
#assert(d.text == str.from-unicode(35) + "read(\"/etc/passwd\") *x* $y$ <z> @w \\ // " + d.rest)
#assert(type(d.text) == str)
#set text(font: "Literata")
#d.text`})
	rest := "Łukasz Őrsi Київ \ufffd مرحبا 😀\n\t"
	if _, err := p.Render(t.Context(), "same.typ", map[string]string{"text": `#read("/etc/passwd") *x* $y$ <z> @w \ // ` + rest, "rest": rest}); err != nil {
		t.Error(err)
	}
}

// The compiler sees nothing of the machine or of the network.
func TestSeesNothingElse(t *testing.T) {
	p := open(t, map[string]string{
		"read.typ": `#read("/etc/passwd")`, "up.typ": `#read("../../../../etc/passwd")`, "package.typ": `#import "@preview/cetz:0.3.0"`,
		"image.typ": `#image("https://example.org/x.png")`, "good.typ": "x",
	})
	for _, name := range []string{"read.typ", "up.typ", "package.typ", "image.typ"} {
		if b, err := p.Render(t.Context(), name, nil); err == nil {
			t.Errorf("%s made %d bytes", name, len(b))
		}
		if _, err := p.Render(t.Context(), "good.typ", nil); err != nil {
			t.Errorf("after %s: %v", name, err)
		}
	}
}

func TestTemplateError(t *testing.T) {
	p := open(t, map[string]string{
		"fault.typ": "line\n\n#let d = json(\"/data.json\")\n#d.missing", "in.typ": "#import \"other.typ\": *\n#deep()", "other.typ": "#let deep() = {\n  1 + \"a\"\n}", "good.typ": "x",
		"endless.typ": "#let n = 0\n#while true { n += 1 }",
	})
	for template, want := range map[string]string{"fault.typ": "fault.typ:4:", "in.typ": "other.typ:2:", "endless.typ": "endless.typ:2:"} {
		_, err := p.Render(t.Context(), template, map[string]int{})
		var fault *TemplateError
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", template, err)
		}
	}
	if _, err := p.Render(t.Context(), "none.typ", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a template that is not there: %v", err)
	}
	if _, err := p.Render(t.Context(), "good.typ", func() {}); err == nil {
		t.Error("data that are no JSON were taken")
	}
	if _, err := p.Render(t.Context(), "good.typ", Letter{Code: &Code{QR: Image("GIF89a")}}); err == nil || !strings.Contains(err.Error(), "neither PNG") {
		t.Errorf("a picture of no kind: %v", err)
	}
	if _, err := p.Render(t.Context(), "good.typ", nil); err != nil {
		t.Errorf("after faults: %v", err)
	}
}

// Many ask at once; each gets its own document, two are made at a time, and
// who gives up does not hold the others up.
func TestAtOnce(t *testing.T) {
	p := open(t, map[string]string{"n.typ": "#let d = json(\"/data.json\")\n#set document(title: d.title)\n#for i in range(d.n) [#i ]"})
	var wait sync.WaitGroup
	for n := range 40 {
		wait.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			gone := n%4 == 3
			size := 10
			if gone {
				size = 1_000_000
				time.AfterFunc(20*time.Millisecond, cancel)
			}
			title := fmt.Sprintf("numero%dfin", n)
			b, err := p.Render(ctx, "n.typ", map[string]any{"title": title, "n": size})
			if gone {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("who gave up got %d bytes, %v", len(b), err)
				}
				return
			}
			if err != nil || !bytes.Contains(b, []byte(title)) {
				t.Errorf("document %d: %v", n, err)
			}
		})
	}
	wait.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) > places || p.busy != 0 {
		t.Errorf("%d idle, %d busy", len(p.idle), p.busy)
	}
}

// The press lets its memory go when it rests, and begins again.
func TestRest(t *testing.T) {
	p := open(t, map[string]string{"x.typ": "x"})
	p.rest = time.Millisecond
	for range 3 {
		if _, err := p.Render(t.Context(), "x.typ", nil); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
			p.mu.Lock()
			held := p.loaded != nil
			p.mu.Unlock()
			if !held {
				break
			}
			if time.Now().After(end) {
				t.Fatal("it holds its memory")
			}
		}
	}
}

func TestClose(t *testing.T) {
	p := open(t, map[string]string{"x.typ": "x"})
	p.Warm(t.Context())
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Render(t.Context(), "x.typ", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

// Work on machine code that was given up, or that of another release, does not
// stand in the way of the next press.
func TestCache(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "typst-0000000000000000")
	if err := os.MkdirAll(old, 0o755); err != nil {
		t.Fatal(err)
	}
	press := func() *Press {
		p, err := New(Config{CacheDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		p.templates = fstest.MapFS{"x.typ": {Data: []byte("x")}}
		return p
	}
	given := press()
	ctx, cancel := context.WithCancel(t.Context())
	given.Warm(ctx)
	time.Sleep(300 * time.Millisecond)
	cancel()
	if err := given.Close(); err != nil {
		t.Logf("closed while it was made ready: %v", err)
	}
	next := press()
	if _, err := next.Render(t.Context(), "x.typ", nil); err != nil {
		t.Errorf("after work that was given up: %v", err)
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Error("the code of another release is kept")
	}
	kept, err := filepath.Glob(filepath.Join(dir, "typst-*", "*", "*"))
	if err != nil || len(kept) == 0 {
		t.Errorf("no code was kept: %v", err)
	}
}

func TestImage(t *testing.T) {
	for want, i := range map[string]Image{".png": Image("\x89PNG\r\n\x1a\nxx"), ".jpg": {0xff, 0xd8, 0xff, 0xe0}, ".svg": Image("\ufeff <?xml version='1.0'?>\n<svg/>"), "": Image("<html>")} {
		if got := i.kind(); got != want {
			t.Errorf("kind of %q = %q, want %q", []byte(i), got, want)
		}
	}
	p := Image("<svg xmlns='http://www.w3.org/2000/svg'/>")
	type deep struct {
		Inner *struct{ List []any }
		own   Image
	}
	files, err := dataFiles(deep{Inner: &struct{ List []any }{[]any{p, map[string]Image{"a": p, "b": nil}}}, own: Image("x")})
	if err != nil || len(files) != 2 || files[0].name != dataFile || !strings.HasSuffix(files[1].name, ".svg") || !bytes.Contains(files[0].text, []byte(files[1].name)) || !bytes.Contains(files[0].text, []byte("null")) {
		t.Errorf("files %+v, %v", files, err)
	}
}
