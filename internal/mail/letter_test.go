package mail

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write the golden files anew")

// letters are one of each kind, as real ones read.
func letters() map[string]Letter {
	return map[string]Letter{
		"connexion": {
			Language: "fr", House: "Passerelle", Subject: "Votre lien pour vous connecter à Passerelle", Preheader: "Il sert une fois, pendant 15 minutes.", Title: "Votre lien pour vous connecter",
			Blocks: []Block{
				Para("Vous avez demandé à vous connecter à Passerelle. Le bouton ouvre une page ; touchez-y « Me connecter »."),
				Button{"Ouvrir la page de connexion", "https://passerelle.example/connexion/lien/abc_DEF-123"},
				Para("Ce lien sert une fois, jusqu’au 23 novembre 2026 à 10 h 15."),
			},
			Why: "Cette adresse a été donnée sur https://passerelle.example pour se connecter.", Answers: "Une réponse à ce courriel est lue : bonjour@passerelle.example.",
		},
		"resume": {
			Language: "fr", House: "Passerelle", Subject: "Votre semaine : deux pistes, une visite", Preheader: "Une réponse est attendue avant vendredi.", Title: "Ce qui s’est passé cette semaine",
			Blocks: []Block{
				Para("Bonjour Amina. Une chose attend votre réponse, trois autres sont pour information."),
				List{
					{Text: "L’Épicerie solidaire de Busnes propose 15 kg d’invendus par semaine", More: "Répondre avant le vendredi 27 novembre", Link: Link{"Voir", "https://passerelle.example/mises-en-relation/42"}},
					{Text: "Visite du Relais potager : votre place est gardée", More: "Jeudi 3 décembre à 14 h, Lillers"},
					{Text: "Une étiquette d’un nom très long qui ne tient pas sur une seule ligne de soixante-douze signes et se coupe entre deux mots"},
				},
				Quote("Nous cherchons un fournil pour l’hiver.\nDeux matins par semaine."),
			},
			Why: "Vous recevez ce résumé chaque mardi parce que votre boulangerie est inscrite.", Answers: "Nadia Wacheux lit vos réponses.",
			Links: []Link{{"Choisir ce que je reçois", "https://passerelle.example/preferences/xyz"}},
		},
		"code": {
			Language: "fr", House: "Passerelle", Subject: "Le code de votre boulangerie", Preheader: "Huit lettres et chiffres, à recopier.", Title: "Votre code",
			Blocks: []Block{Para("Recopiez ce code sur la page de votre entreprise."), Code("K7QM 2XPA"), Facts{{"Entreprise", "Au Pain d’Isbergues <script>"}, {"Essais", "5"}}},
			Why:    "Vous l’avez demandé.", Answers: "Personne ne lit les réponses à cette adresse.",
		},
		"cancelled": {
			Language: "en", House: "Passerelle", Subject: "Cancelled: the visit of 3 December", Preheader: "The host is ill.", Title: "The visit is cancelled",
			Blocks: []Block{Para("The host is ill. Nothing is asked of you, and no reminder follows."), Facts{{"What", "Visit of the Relais potager"}, {"When", "Thursday 3 December, 14:00"}}, Button{"See the other visits", "https://passerelle.example/en/visites?commune=62516&page=2"}},
			Why:    "You had a seat.", Answers: "Nadia Wacheux reads your answers.",
		},
	}
}

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
			if string(want) != got {
				t.Errorf("%s is not what Compose writes; go test -update writes it anew\n%s", file, got)
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

// The first link of a mail is what it asks to do.
func TestFirstLink(t *testing.T) {
	text, page, err := Compose(letters()["connexion"])
	if err != nil {
		t.Fatal(err)
	}
	const want = "https://passerelle.example/connexion/lien/abc_DEF-123"
	if i := strings.Index(text, "://"); !strings.HasPrefix(text[i-5:], want) {
		t.Errorf("the text's first link is %.60s", text[i-5:])
	}
	if i := strings.Index(page, "href=\""); !strings.HasPrefix(page[i+6:], want) {
		t.Errorf("the page's first link is %.60s", page[i+6:])
	}
}

func TestComposeRefusesAddresses(t *testing.T) {
	for _, bad := range []string{"", "javascript:alert(1)", "//x.example", "/connexion", "https://", "https://x.example/\"><script>", "https://x.example/a\r\nb", "data:text/html,x", "mailto:"} {
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
