package web

import (
	"encoding/json"
	"html"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/profile"
)

// Each field that somebody can take away has words in both languages.
func TestEveryFieldTakenHasWords(t *testing.T) {
	all, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var walk func(typ reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice || typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] || typ.PkgPath() == "time" {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			name := fieldName(f)
			if name == "" {
				t.Errorf("%s.%s has no name in the file", typ, f.Name)
			}
			for _, code := range []string{"fr", "en"} {
				l := all.For(code)
				whole := typ == reflect.TypeFor[takenPerson]() && (f.Type.Kind() == reflect.Slice || f.Type.Kind() == reflect.Struct && f.Type.PkgPath() != "time" || f.Type.Kind() == reflect.Interface)
				if whole && !l.Has("taken.of."+name) || !whole && !l.Has("taken.field."+name) && f.Type.Kind() != reflect.Interface && f.Type.Kind() != reflect.Struct {
					t.Errorf("%s.json has no word for %s of %s", code, name, typ)
				}
			}
			walk(f.Type)
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[takenPerson](), reflect.TypeFor[profile.Content](), reflect.TypeFor[exchange.TakenNeed]()} {
		walk(typ)
	}
	if len(seen) < 20 {
		t.Errorf("only %d kinds of things were seen", len(seen))
	}
}

// The page says what the file has, to be read; and nobody is told that they
// chose which mails they get before they did.
func TestToldPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina := k.speaker("amina@lys.fr", delattre)
		if a := amina.do("GET", "/mon-espace/preferences", nil); a.status != 200 || strings.Contains(a.body, "Dernier choix") {
			t.Errorf("before she chose: %d, %s", a.status, a.texts("form"))
		}
		if a := amina.do("GET", "/mon-espace/donnees.json", nil); strings.Contains(a.body, "chosen_at") {
			t.Error("the file says that she chose")
		}
		amina.do("POST", "/mon-espace/preferences", url.Values{"digest": {"1"}})
		if a := amina.do("GET", "/mon-espace/preferences", nil); !strings.Contains(a.body, "Dernier choix") {
			t.Error("her choice has no date")
		}
		for path, form := range map[string]url.Values{
			"/mon-espace/entreprises/" + delattre.String(): {"words": {"Pain <b>au levain</b>"}, "phone": {"03 21 99 88 77"}, "resource": {"four"}, "zone": {"20"}, "certifications": {"Qualibat 3311"}},
			"/mon-espace/identite":                         {"prenom": {"Amina"}, "nom": {"Delattre"}},
		} {
			if a := amina.do("POST", path, form); a.status != 303 {
				t.Fatalf("%s: %d", path, a.status)
			}
		}
		var file map[string]any
		if err := json.Unmarshal([]byte(amina.do("GET", "/mon-espace/donnees.json", nil).body), &file); err != nil {
			t.Fatal(err)
		}
		page := amina.do("GET", "/mon-espace/donnees/lire", nil)
		if page.status != 200 || strings.Contains(page.body, "<b>au levain") {
			t.Fatalf("%d\n%s", page.status, page.body)
		}
		text := html.UnescapeString(page.body)
		n := 0
		for _, key := range []string{"certifications", "words", "phone", "mail", "siret", "given_name", "siret"} {
			for _, value := range under(file, key) {
				n++
				if !strings.Contains(text, value) {
					t.Errorf("the page does not say the %s %q", key, value)
				}
			}
		}
		if n < 6 {
			t.Errorf("the file has only %d values to look for", n)
		}
		for _, want := range []string{"Vos entreprises", "Pain <b>au levain</b>", "Entreprise revendiquée", "Rien de cela pour l’instant", "par un lien", "Jusqu’à 20", "À partager"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page does not say %q", want)
			}
		}
		if a := k.browser().do("GET", "/mon-espace/donnees/lire", nil); a.status == 200 && strings.Contains(a.body, "levain") {
			t.Error("a stranger reads it")
		}
	})
}

// under returns the texts that a key has anywhere in a value of JSON.
func under(v any, key string) (all []string) {
	switch x := v.(type) {
	case map[string]any:
		for k, inner := range x {
			if text, ok := inner.(string); ok && k == key && text != "" {
				all = append(all, text)
			} else {
				all = append(all, under(inner, key)...)
			}
		}
	case []any:
		for _, inner := range x {
			all = append(all, under(inner, key)...)
		}
	}
	return all
}
