package mail

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestCompose(t *testing.T) {
	for name, l := range letters() {
		text, page, err := Compose(l)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for ending, got := range map[string]string{".txt": text, ".html": page} {
			file := filepath.Join("testdata", name+ending)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s is not what Compose writes; go test -update writes it anew\n%s", file, diff)
			}
		}
		for _, line := range strings.Split(text, "\n") {
			if n := len([]rune(line)); n > textWidth && !strings.Contains(line, "://") {
				t.Errorf("%s: a line of %d signs: %s", name, n, line)
			}
		}
		if strings.Contains(page, "<script") || strings.Contains(page, "src=") || strings.Contains(page, "@import") || strings.Contains(page, "url(") {
			t.Errorf("%s: the page fetches or runs something", name)
		}
		if _, err := html.Parse(strings.NewReader(page)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, link := range l.links() {
			if !strings.Contains(text, link.URL) {
				t.Errorf("%s: the text lacks the link %s", name, link.URL)
			}
		}
	}
}

// The first link of a mail is what it asks to do, wherever the button stands.
func TestFirstLink(t *testing.T) {
	l := letters()["week.fr"]
	text, page, err := Compose(l)
	if err != nil {
		t.Fatal(err)
	}
	const want = "https://passerelle.example/mises-en-relation/42?repondre=1&"
	if _, last := l.Blocks[len(l.Blocks)-1].(Button); !last {
		t.Error("Compose moved the blocks of its caller")
	}
	if i := strings.Index(text, "://"); !strings.HasPrefix(text[i-5:], want) {
		t.Errorf("the text's first link is %.60s", text[i-5:])
	}
	if i := strings.Index(page, "href=\""); !strings.HasPrefix(page[i+6:], strings.ReplaceAll(want, "&", "&amp;")) {
		t.Errorf("the page's first link is %.60s", page[i+6:])
	}
}

func TestComposeRefusesAddresses(t *testing.T) {
	for _, bad := range []string{"", "javascript:alert(1)", "//x.example", "/connexion", "https://", "https://x.example/\"><script>", "https://x.example/a\r\nb", "data:text/html,x", "mailto:", "https://banque.example@x.example/", "https://x.example/\u202egpj"} {
		if _, _, err := Compose(Letter{Language: "fr", Blocks: []Block{Button{"Aller", bad}}}); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// Whatever people write stays text.
func FuzzCompose(f *testing.F) {
	f.Add("<script>alert(1)</script>\"'&\r\n> x")
	f.Fuzz(func(t *testing.T, s string) {
		l := Letter{Language: "fr", House: s, Subject: s, Preheader: s, Title: s, Why: s, Answers: s}
		l.Blocks = []Block{Para(s), Button{s, "https://x.example"}, List{{Text: s, More: s}}, Facts{{s, s}}, Quote(s), Code(s)}
		_, page, err := Compose(l)
		if err != nil {
			t.Fatal(err)
		}
		z := html.NewTokenizer(strings.NewReader(page))
		for {
			kind := z.Next()
			if kind == html.ErrorToken {
				return
			}
			if kind == html.TextToken && strings.ContainsFunc(z.Token().Data, hidden) {
				t.Fatalf("%q hides something", s)
			}
			if kind != html.StartTagToken {
				continue
			}
			switch name, _ := z.TagName(); string(name) {
			case "script", "iframe", "img", "form", "input", "svg", "object", "base", "link":
				t.Fatalf("%q made a %s", s, name)
			}
		}
	})
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"Passerelle": "Passerelle", `Nadia "W" <x@y.fr>, CMA: Artois;`: "Nadia W x y.fr CMA Artois", "L’Épicerie d’à côté": "L’Épicerie d’à côté", "a\r\nBcc: b": "a Bcc b", "": "",
	} {
		if got := CleanName(in); got != want {
			t.Errorf("CleanName(%q) = %q, want %q", in, got, want)
		}
	}
}
