package web

import (
	"context"
	"encoding/csv"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/geo"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/register"
)

// The establishments of the tests' house, whose numbers pass the key.
const (
	brochard  register.SIRET = 49483773500013 // Menuiserie Brochard
	leroy     register.SIRET = 84455667000017 // a bakery of Boulogne-sur-Mer
	delattre  register.SIRET = 38269518700049 // Boulangerie Delattre, under the sign Au Pain d'Isbergues
	lys       register.SIRET = 33222211600011 // Scop Les Charpentiers de la Lys, both worlds
	reemploi  register.SIRET = 44330055300023 // L'Atelier du Réemploi, association, ACI
	mutuelle  register.SIRET = 77567890700012 // a mutual that masks its address
	amina     register.SIRET = 80011223700014 // Amina Ben Salah, a natural person, shown
	masked    register.SIRET = 81122334600016 // a masked natural person
	garage    register.SIRET = 83344556200014 // presumed craft, at the commune's centre
	nobody    register.SIRET = 35600000000048 // not of this house
	maskedTwo register.SIRET = 82233445400011
	ended     register.SIRET = 85566778800019 // only in the register before
)

// residents are the house of directorytest under numbers whose keys hold.
func residents() []directory.Establishment {
	all := directorytest.Establishments()
	numbers := map[register.SIRET]register.SIRET{
		directorytest.Charpentiers: lys, directorytest.Repair: reemploi, directorytest.Mutuelle: mutuelle, directorytest.Amina: amina,
		directorytest.Masked: masked, directorytest.MaskedESS: maskedTwo, directorytest.Garage: garage,
		directorytest.Brochard: brochard, directorytest.Faraway: leroy,
	}
	for i := range all {
		if n, ok := numbers[all[i].SIRET]; ok {
			all[i].SIRET = n
		}
	}
	return all
}

// formerResidents are those of the register before: one has closed since.
func formerResidents() []directory.Establishment {
	all := residents()
	for _, e := range all {
		if e.SIRET == garage {
			e.SIRET = ended
			return append(all, e)
		}
	}
	return all
}

// openPages serves a house with these establishments; none is an empty house.
func openPages(t *testing.T, house []directory.Establishment, instance Instance) http.Handler {
	t.Helper()
	dir := t.TempDir()
	if len(house) > 0 {
		directorytest.Write(t, dir, directorytest.AsOf, house)
	}
	places, trades, words := directorytest.Places(t), directorytest.Trades(t), wordsOf(t)
	now := clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	d, err := directory.Open(context.Background(), directory.Config{Dir: dir, Places: places, Trades: trades, Clock: now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	seats := &booking.Bookings{DB: dbtest.SQLite(t), Clock: now, Secret: []byte("secret")}
	needs := &exchange.Needs{DB: seats.DB, Clock: now, Directory: d, Places: places, Trades: trades}
	s, err := NewServer(Config{
		Bookings: seats, Meetings: &meeting.Meetings{DB: seats.DB, Clock: now, Bookings: seats}, Visits: visitsOf(t, seats, d),
		Directory: d, Partners: finderOf(t, d), Needs: needs, Places: places, Trades: trades, Catalogues: words, BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"},
		Instance: instance, Log: log, Clock: now, Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.Handler()
}

// An answer is asked by CSS selectors.
type answer struct {
	status int
	header http.Header
	body   string
	root   *html.Node
}

func ask(t *testing.T, h http.Handler, path string) answer {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return answer{w.Code, w.Result().Header, w.Body.String(), root}
}

// texts returns the text of each element that a selector finds.
func (a answer) texts(selector string) []string {
	var out []string
	for _, n := range cascadia.QueryAll(a.root, cascadia.MustCompile(selector)) {
		out = append(out, textOf(n))
	}
	return out
}

func (a answer) text(selector string) string {
	if all := a.texts(selector); len(all) > 0 {
		return all[0]
	}
	return ""
}

func (a answer) attr(selector, name string) string {
	if n := cascadia.Query(a.root, cascadia.MustCompile(selector)); n != nil {
		for _, at := range n.Attr {
			if at.Key == name {
				return at.Val
			}
		}
	}
	return ""
}

// textOf returns the text of an element with single plain spaces.
func textOf(n *html.Node) string {
	var b strings.Builder
	for n := range n.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// paths are the pages of the house, each of them once.
func paths() []string {
	return []string{
		"/", "/annuaire", "/annuaire?q=boulangerie&near=isbergues&radius_km=15", "/annuaire?view=map", "/annuaire?q=zzzzzz&sector=food",
		"/annuaire?q=bulanger", "/annuaire?page=2&per_page=2", "/entreprises/" + lys.String(), "/entreprises/" + delattre.String(),
		"/entreprises/" + reemploi.String(), "/entreprises/" + mutuelle.String(), "/entreprises/" + amina.String(), "/entreprises/" + masked.String(),
		"/entreprises/" + garage.String(), "/metiers", "/metiers?q=pain", "/metiers?q=zzzz", "/metiers/boulanger", "/metiers/boulanger?near=isbergues",
		"/metiers/luthier?near=isbergues", "/territoires", "/territoires/artois", "/carte", "/carte?near=lens&radius_km=10", "/a-propos",
		"/mentions-legales", "/accessibilite", "/donnees",
	}
}

// Every page, in each language, of a full and of an empty house, is whole:
// no missing word, one heading of the first level, no inline style or script,
// and each field has a label.
func TestEveryPage(t *testing.T) {
	houses := map[string]http.Handler{
		"full":  openPages(t, residents(), Instance{Name: "Passerelle", Contact: "bonjour@passerelle.example", Partners: []Partner{{Name: "CMA", URL: "https://cma.example"}}}),
		"empty": openPages(t, nil, Instance{Tiles: "none"}),
	}
	for house, h := range houses {
		for _, path := range paths() {
			if house == "empty" && strings.HasPrefix(path, "/entreprises/") {
				continue
			}
			for _, code := range locale.Codes() {
				path := hrefIn(code, path)
				a := ask(t, h, path)
				if a.status != http.StatusOK {
					t.Errorf("%s %s: got %d\n%s", house, path, a.status, a.text("main"))
					continue
				}
				checkPage(t, house+" "+path, code, a)
			}
		}
	}
}

func checkPage(t *testing.T, where, code string, a answer) {
	t.Helper()
	if i := strings.IndexAny(a.body, "⟦⟧"); i >= 0 {
		t.Errorf("%s: a word is missing: %s", where, a.body[i:min(len(a.body), i+60)])
	}
	if strings.Contains(a.body, "ZgotmplZ") || strings.Contains(a.body, "<no value>") {
		t.Errorf("%s: a value does not fit where it stands", where)
	}
	if got := len(a.texts("h1")); got != 1 {
		t.Errorf("%s: got %d h1, want 1", where, got)
	}
	if got := a.attr("html", "lang"); got != code {
		t.Errorf("%s: got lang %q, want %q", where, got, code)
	}
	if n := len(a.texts("[style], style, script:not([src]):not([type='application/ld+json'])")); n > 0 {
		t.Errorf("%s: %d inline styles or scripts, which the policy refuses", where, n)
	}
	for _, n := range cascadia.QueryAll(a.root, cascadia.MustCompile("input:not([type=hidden]), select")) {
		var id string
		for _, at := range n.Attr {
			if at.Key == "id" {
				id = at.Val
			}
		}
		if a.text("label[for='"+id+"']") == "" {
			t.Errorf("%s: the field %q has no label", where, id)
		}
	}
	ids := make(map[string]int)
	for _, n := range cascadia.QueryAll(a.root, cascadia.MustCompile("[id]")) {
		for _, at := range n.Attr {
			if at.Key == "id" {
				if ids[at.Val]++; ids[at.Val] == 2 {
					t.Errorf("%s: the id %q is there twice", where, at.Val)
				}
			}
		}
	}
	for _, fragment := range fragments(a) {
		if ids[fragment] == 0 {
			t.Errorf("%s: a link leads to #%s, which is not there", where, fragment)
		}
	}
}

// fragments returns the places of the same page that its links lead to.
func fragments(a answer) []string {
	var out []string
	for _, n := range cascadia.QueryAll(a.root, cascadia.MustCompile("a[href^='#']")) {
		for _, at := range n.Attr {
			if at.Key == "href" {
				out = append(out, at.Val[1:])
			}
		}
	}
	return out
}

// Every link of every page leads somewhere.
func TestNoDeadLink(t *testing.T) {
	h := openPages(t, residents(), Instance{})
	seen := make(map[string]bool)
	for _, path := range []string{"/", "/annuaire", "/entreprises/" + lys.String(), "/metiers/boulanger", "/territoires/artois", "/carte", "/a-propos", "/donnees", "/en/annuaire?near=isbergues"} {
		a := ask(t, h, path)
		for _, n := range cascadia.QueryAll(a.root, cascadia.MustCompile("[href^='/'], [src^='/'], [action^='/']")) {
			for _, at := range n.Attr {
				if (at.Key == "href" || at.Key == "src" || at.Key == "action") && !seen[at.Val] {
					seen[at.Val] = true
					if got := ask(t, h, strings.Split(at.Val, "#")[0]).status; got != http.StatusOK && !(got == http.StatusSeeOther && (strings.Contains(at.Val, "/mon-espace") || strings.Contains(at.Val, "/mises-en-relation/"))) {
						t.Errorf("%s leads to %s: got %d", path, at.Val, got)
					}
				}
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("got %d links followed, want a hundred at least", len(seen))
	}
}

func TestDirectoryPage(t *testing.T) {
	h := openPages(t, residents(), Instance{})
	t.Run("around a commune", func(t *testing.T) {
		a := ask(t, h, "/annuaire?near=isbergues&radius_km=15")
		if got, want := a.text("h1"), "5 établissements autour d’Isbergues"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		want := []string{"Au Pain d'Isbergues", "Hair'mina", "Les Charpentiers de la Lys", "Menuiserie Brochard", "Garage de la Gare"}
		if got := a.texts(".entry h3"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := len(a.texts(".map-pane g[transform]")); got != 5 {
			t.Errorf("got %d pins, want 5", got)
		}
		if got, want := a.attr("input[name=near]", "value"), "Isbergues"; got != want {
			t.Errorf("got %q in the field, want %q", got, want)
		}
	})
	t.Run("active filters go one by one", func(t *testing.T) {
		a := ask(t, h, "/annuaire?sector=food&sector=building&territory=artois")
		got := a.texts(".tag")
		want := []string{"Retirer Bâtiment", "Retirer Alimentation", "Retirer Artois"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got, want := a.attr(".tag", "href"), "/annuaire?sector=food&territory=artois"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := a.texts(".facets input[name=sector][checked]"); len(got) != 2 {
			t.Errorf("got %d boxes ticked, want 2", len(got))
		}
	})
	t.Run("widened", func(t *testing.T) {
		a := ask(t, h, "/annuaire?q=mutuelle&near=isbergues&radius_km=5")
		if got, want := a.text("[role=status]"), "Rien à 5 km à la ronde : nous avons élargi à 80 km."; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("nothing", func(t *testing.T) {
		a := ask(t, h, "/annuaire?q=boulangerie&sector=making")
		want := []string{"Sans Fabrication : 2 établissements"} // nothing is made here: only the sector helps
		if got := a.texts(".empty li"); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("no such commune", func(t *testing.T) {
		a := ask(t, h, "/annuaire?near=Atlantis-sur-Lys")
		if a.status != http.StatusBadRequest || !strings.Contains(a.text(".field-error"), "« Atlantis-sur-Lys »") {
			t.Errorf("got %d, %q", a.status, a.text(".field-error"))
		}
	})
	t.Run("wrong value", func(t *testing.T) {
		a := ask(t, h, "/annuaire?sector=zinc")
		if a.status != http.StatusBadRequest || a.text("h1") != "Cette question ne se lit pas" {
			t.Errorf("got %d, %q", a.status, a.text("h1"))
		}
	})
}

func TestEstablishmentPage(t *testing.T) {
	h := openPages(t, residents(), Instance{Contact: "bonjour@passerelle.example"})
	a := ask(t, h, "/entreprises/"+lys.String())
	if got, want := a.text("h1"), "Les Charpentiers de la Lys"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := a.texts(".claim-line"); len(got) != 3 || !strings.Contains(got[0], "Sirene") || !strings.Contains(got[0], "1er novembre 2026") {
		t.Errorf("got claims %q", got)
	}
	if got := a.attr(".leave a.button", "href"); !strings.HasPrefix(got, "mailto:bonjour@passerelle.example?subject=") || !strings.Contains(got, "332222116") {
		t.Errorf("got %q to object", got)
	}
	if ld := a.text("script[type='application/ld+json']"); !strings.Contains(ld, `"@type":"LocalBusiness"`) || !strings.Contains(ld, `"addressLocality":"Isbergues"`) {
		t.Errorf("got %s", ld)
	}
	if got := a.attr("meta[name=robots]", "content"); got != "" {
		t.Errorf("a firm's page says %q", got)
	}
	t.Run("neighbours are of the other world", func(t *testing.T) {
		a := ask(t, h, "/entreprises/"+delattre.String())
		for _, class := range []string{".near-list .stake.craft"} {
			if n := len(a.texts(class)); n > 0 {
				t.Errorf("got %d neighbours of its own world", n)
			}
		}
		if got := a.text(".near-list a"); got != "Les Charpentiers de la Lys" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("presumed is dashed and says so", func(t *testing.T) {
		a := ask(t, h, "/entreprises/"+garage.String())
		if got := a.text(".claim-line.unsure .sure"); got != "probable, à vérifier" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a natural person is not for search engines", func(t *testing.T) {
		a := ask(t, h, "/entreprises/"+amina.String())
		if got := a.attr("meta[name=robots]", "content"); got != "noindex" || strings.Contains(a.body, "ld+json") {
			t.Errorf("got robots %q", got)
		}
	})
	t.Run("an address that is not diffused", func(t *testing.T) {
		a := ask(t, h, "/entreprises/"+mutuelle.String())
		if ld := a.text("script[type='application/ld+json']"); strings.Contains(ld, "latitude") || strings.Contains(ld, "streetAddress") {
			t.Errorf("got %s", ld)
		}
	})
	t.Run("a firm without a name", func(t *testing.T) {
		house := residents()
		house[0].Name, house[0].Sign = "", ""
		a := ask(t, openPages(t, house, Instance{}), "/entreprises/"+delattre.String())
		if a.text("h1") != "Dénomination non diffusée" || strings.Contains(a.body, "ld+json") {
			t.Errorf("got %q", a.text("h1"))
		}
		checkPage(t, "a firm without a name", "fr", a)
	})
	t.Run("unknown", func(t *testing.T) {
		if a := ask(t, h, "/entreprises/"+nobody.String()); a.status != http.StatusNotFound || a.text("h1") != "Rien sous ce numéro" {
			t.Errorf("got %d, %q", a.status, a.text("h1"))
		}
	})
}

// Nothing but the SIREN of a masked person leaves the house, by any page or
// file.
func TestMaskedPersonIsNowhere(t *testing.T) {
	house := residents()
	// A place and words that only the masked one has, as if a mistake of the
	// import had kept them.
	i := slices.IndexFunc(house, func(e directory.Establishment) bool { return e.SIRET == masked })
	house[i].Point, house[i].Precision = geo.Point{Lat: 50.6, Lon: 2.45}, directory.Nowhere
	h := openPages(t, house, Instance{})
	a := ask(t, h, "/entreprises/"+masked.String())
	if got := a.text("h1"); got != "Dénomination non diffusée" {
		t.Errorf("got %q", got)
	}
	if got := a.text("main .code"); got != "SIREN 811 223 346" {
		t.Errorf("got %q", got)
	}
	for _, word := range []string{"Plomb", "Artois", "2020", "50.6", "4322A"} {
		if strings.Contains(a.text("main"), word) {
			t.Errorf("the page says %q", word)
		}
	}
	if got := a.attr("meta[name=robots]", "content"); got != "noindex" {
		t.Errorf("got robots %q", got)
	}
	if list := ask(t, h, "/annuaire?sector=building"); !slices.Contains(list.texts(".entry h3"), "Dénomination non diffusée") {
		t.Errorf("a list that asks nothing personal counts it: got %q", list.texts(".entry h3"))
	}
	for _, path := range []string{"/annuaire.csv", "/annuaire.csv?sector=building", "/sitemap/62-1.xml"} {
		if body := ask(t, h, path).body; strings.Contains(body, masked.String()) {
			t.Errorf("%s holds it", path)
		}
	}
	if body := ask(t, h, "/sitemap/62-1.xml").body; strings.Contains(body, amina.String()) || !strings.Contains(body, lys.String()) {
		t.Errorf("the sitemap has natural persons, or lacks firms: %s", body)
	}
}

func TestExport(t *testing.T) {
	h := openPages(t, residents(), Instance{})
	a := ask(t, h, "/annuaire.csv?near=isbergues&radius_km=15&sort=distance")
	if got, want := a.header.Get("Content-Disposition"), `attachment; filename="passerelle-2026-11-01.csv"`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(a.body, "\uFEFF")))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 6 || rows[1][0] != delattre.String() || rows[1][2] != "Au Pain d'Isbergues" || rows[1][16] != "Isbergues" {
		t.Errorf("got %d rows, first %q", len(rows), rows[min(1, len(rows)-1)])
	}
	x := ask(t, h, "/annuaire.xlsx?sector=food")
	if !strings.HasPrefix(x.body, "PK") || x.status != http.StatusOK {
		t.Errorf("got %d, %q", x.status, x.body[:2])
	}
}

func TestFaultsInBothLanguages(t *testing.T) {
	h := openPages(t, residents(), Instance{})
	for path, want := range map[string]string{"/nulle-part": "Le chemin s’arrête ici", "/en/nowhere": "The path ends here", "/metiers/zzz": "Rien sous ce numéro"} {
		a := ask(t, h, path)
		if a.status != http.StatusNotFound || a.text("h1") != want {
			t.Errorf("%s: got %d, %q, want %q", path, a.status, a.text("h1"), want)
		}
		checkPage(t, path, map[bool]string{true: "en", false: "fr"}[strings.HasPrefix(path, "/en")], a)
	}
}

func TestOfPlace(t *testing.T) {
	words := wordsOf(t)
	for name, want := range map[string]string{
		"Isbergues": "d’Isbergues", "Lens": "de Lens", "Le Touquet-Paris-Plage": "du Touquet-Paris-Plage", "Les Attaques": "des Attaques",
		"La Couture": "de La Couture", "Étaples": "d’Étaples", "Œuf-en-Ternois": "d’Œuf-en-Ternois", "Hesdin": "de Hesdin",
	} {
		if got := ofPlace(words.For("fr"), name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
