package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// smuggled are fields that no form has and that somebody adds, under the names
// of columns and of what the program calls them.
func smuggled() url.Values {
	v := url.Values{}
	for _, name := range []string{
		"id", "ID", "role", "roles", "person", "who", "owner", "state", "stage", "territory_of", "institution", "proof", "verified", "accepted", "published", "approved", "decided_by", "created_at", "changed_at",
		"confirmed_at", "posted_at", "siret_of", "firm_id", "membership", "memberships", "duty", "operator", "admin", "is_admin", "hidden", "mask", "solicited", "made_by", "channel", "for_name", "By.Who", "by", "mail_key", "token", "secret",
	} {
		v.Set(name, "operator")
	}
	return v
}

// rowsWith counts, by column, the rows that hold a value.
func rowsWith(t *testing.T, d *db.DB, value string) map[string]int {
	t.Helper()
	out := map[string]int{}
	if err := d.Read(t.Context(), func(tx *db.Tx) error {
		for table, columns := range textColumns(t) {
			for _, column := range columns {
				var n int
				if err := tx.One(t.Context(), []any{&n}, fmt.Sprintf(`SELECT count(*) FROM %s WHERE %s = $1`, table, column), value); err != nil {
					return fmt.Errorf("%s.%s: %w", table, column, err)
				}
				if n > 0 {
					out[table+"."+column] = n
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// Fields that no form has set nothing: each form of the house is sent with
// them, as who may send it, and no column of any table holds them afterwards;
// nobody has a role or speaks for a firm who did not before.
func TestNoFormTakesFieldsItHasNot(t *testing.T) {
	c := openCrowd(t, dbtest.SQLite(t))
	before := rowsWith(t, c.outbox.DB, "operator")
	people := c.count(`SELECT count(*) FROM person_role`) + 1000*c.count(`SELECT count(*) FROM membership`)
	ids := map[string]bool{}
	for _, path := range c.paths {
		for _, id := range anID.FindAllString(path, -1) {
			ids[id] = true
		}
	}
	sent := 0
	for _, r := range c.routes {
		if r.method != "POST" || endsWho(r.path) {
			continue
		}
		for _, id := range slices.Sorted(maps.Keys(ids)) {
			path := strings.NewReplacer("{id}", id, "{siret}", lys.String(), "{slug}", "artois", "{token}", "none").Replace(r.path)
			for _, who := range []*browser{c.dina, c.who["nadia"], c.who["curieux"]} {
				if a := who.do("POST", path, smuggled()); a.status >= 500 {
					t.Errorf("POST %s: %d", path, a.status)
				}
				sent++
			}
			if !strings.Contains(r.path, "{id}") {
				break
			}
		}
	}
	// Forms with what they do ask for, and more.
	more := func(form url.Values) url.Values {
		for name, v := range smuggled() {
			if _, asked := form[name]; !asked {
				form[name] = v
			}
		}
		return form
	}
	jean, nadia := c.who["jean"], c.who["nadia"]
	for path, form := range map[string]url.Values{
		"/annonces":                                    {"siret": {brochard.String()}, "direction": {"need"}, "kind": {"machine"}, "title": {"Raboteuse"}, "words": {"Pour un jour"}, "near": {"Isbergues"}, "radius": {"20"}, "reply": {"2026-12-10"}},
		"/mon-espace/identite":                         {"given_name": {"Jean"}, "family_name": {"Petit"}},
		"/mises-en-relation":                           {"de": {brochard.String()}, "vers": {reemploi.String()}, "words": {"Vos palettes ?"}},
		"/mon-espace/sans-siret":                       {"words": {"Je répare"}, "trade": {"plombier"}, "near": {"Isbergues"}},
		c.paths["need"] + "/question":                  {"question": {"Combien de temps ?"}, "siret": {brochard.String()}},
		"/mon-espace/entreprises/" + brochard.String(): {"words": {"Menuiserie"}},
	} {
		if a := jean.do("POST", path, more(form)); a.status >= 500 || a.status == 403 {
			t.Errorf("POST %s: %d", path, a.status)
		}
	}
	for path, form := range map[string]url.Values{
		"/pistes":             {"title": {"Des palettes"}, "party1": {delattre.String()}, "party2": {reemploi.String()}},
		"/animation/contacts": {"family_name": {"Caron"}, "last_name": {"Caron"}, "phone": {"03 21 00 00 10"}, "siret": {delattre.String()}},
	} {
		if a := nadia.do("POST", path, more(form)); a.status >= 500 || a.status == 403 {
			t.Errorf("POST %s: %d", path, a.status)
		}
	}
	got := rowsWith(t, c.outbox.DB, "operator")
	delete(got, "contact.role") // what somebody does at their firm, in free words
	if !maps.Equal(got, before) {
		t.Errorf("columns that hold what no form asks for: %v, before %v", got, before)
	}
	if got := c.count(`SELECT count(*) FROM person_role`) + 1000*c.count(`SELECT count(*) FROM membership`); got != people {
		t.Errorf("roles and members: %d, want %d", got, people)
	}
	if sent < 1000 {
		t.Errorf("only %d forms were sent", sent)
	}
}

// chosen are the columns whose values the program chooses from a list of its
// own, whatever a form sends.
var chosen = []string{
	"state", "stage", "kind", "direction", "channel", "role", "institution", "proof", "outcome", "ending", "task", "side", "scope", "class", "lane", "way", "axis", "language", "territory", "commune", "trade",
	"label", "answer", "presence", "consent", "act", "origin_kind", "asked_channel", "answered_channel", "seeker_territory", "wanted_territory", "quiet_side",
}

// What is chosen from a list is of that list: each form is sent with a word of
// nobody's list in all of its fields but those that must be a number or a day.
func TestNoFormTakesAChoiceOfItsOwn(t *testing.T) {
	c := openCrowd(t, dbtest.SQLite(t))
	form := url.Values{}
	for _, name := range everyField(t) {
		form.Set(name, "zweistein")
	}
	for name, value := range map[string]string{
		"siret": lys.String(), "de": lys.String(), "vers": reemploi.String(), "party1": delattre.String(), "party2": reemploi.String(), "for": delattre.String(), "near": "Isbergues", "radius": "20", "reply": "2026-12-10", "started": "2026-11-20",
		"jusqu": "2027-06-30", "courriel": "zweistein@exemple.fr", "mail": "zweistein@exemple.fr", "email": "zweistein@exemple.fr", "phone": "03 21 00 00 11", "telephone": "03 21 00 00 11", "places": "1", "due": "2026-12-20", "pour": "2026-12-20",
		"date": "2026-12-20", "heure": "18:00", "quantity": "2", "threshold": "5", "until": "2026-12-20", "materials": "1", "direction": "need", "kind": "machine", "adresse": "https://exemple.fr/zweistein", "web": "https://exemple.fr/",
	} {
		form.Set(name, value)
	}
	for _, wrong := range [][]string{nil, {"kind", "direction"}} { // these stop a need when they are wrong
		for _, name := range wrong {
			form.Set(name, "zweistein")
		}
		for _, r := range c.routes {
			if r.method != "POST" || endsWho(r.path) {
				continue
			}
			for kind, path := range c.paths {
				if strings.Contains(r.path, "{id}") && firstOf(path) != firstOf(r.path) {
					continue // an id of another kind is found nowhere
				}
				at := strings.NewReplacer("{id}", anID.FindString(path), "{siret}", lys.String(), "{slug}", "artois", "{token}", path[strings.LastIndex(path, "/")+1:]).Replace(r.path)
				for _, who := range []*browser{c.dina, c.who["nadia"]} {
					if a := who.do("POST", at, form); a.status >= 500 {
						t.Errorf("POST %s of the %s: %d", r.path, kind, a.status)
					}
				}
				if !strings.Contains(r.path, "{id}") && !strings.Contains(r.path, "{token}") {
					break
				}
			}
		}
	}
	stored := rowsWith(t, c.outbox.DB, "zweistein")
	for column := range stored {
		if _, name, _ := strings.Cut(column, "."); slices.Contains(chosen, name) && column != "contact.role" && column != "need_question.answer" && column != "contact.commune" {
			t.Errorf("%s took a word that is in no list", column)
		}
	}
	if len(stored) < 8 {
		t.Errorf("only %v were written: the forms were not taken", stored)
	}
}

// firstOf is the first part of a path.
func firstOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// endsWho are the acts after which who acts would be gone.
func endsWho(path string) bool {
	for _, end := range []string{"/effacer", "/deconnexion", "/quitter", "/sessions/fin", "/sessions/{id}/fin"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}

func (c *crowd) count(query string) (n int) {
	c.t.Helper()
	if err := c.outbox.DB.Read(c.t.Context(), func(t *db.Tx) error { return t.One(c.t.Context(), []any{&n}, query) }); err != nil {
		c.t.Fatal(err)
	}
	return n
}
