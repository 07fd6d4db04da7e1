package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/meeting"
)

var anID = regexp.MustCompile(`[0-9a-z]{26}`)

// others makes one object of each kind, of Amina, of her firm or of the
// territory of Nadia, and returns their ids by kind.
func (k *desk) others() map[string]string {
	k.t.Helper()
	ids := map[string]string{}
	made := func(kind string, a answer) {
		k.t.Helper()
		id := anID.FindString(a.header.Get("Location"))
		if id == "" {
			k.t.Fatalf("no %s was made: %d %s", kind, a.status, a.header.Get("Location"))
		}
		ids[kind] = id
	}
	nadia, amina := k.facilitator("nadia@cma.fr", "artois", "audomarois"), k.browser().signIn("amina@lys.fr")
	made("claim", amina.do("POST", "/mon-espace/revendiquer/"+brochard.String(), nil))
	k.speaks(amina, delattre)
	made("need", amina.do("POST", "/annonces", url.Values{"siret": {delattre.String()}, "direction": {"need"}, "kind": {"machine"}, "title": {"Scie à format"}, "words": {"Quarante panneaux"}, "trades": {"menuisiers"}, "near": {"Isbergues"}, "radius": {"20"}, "reply": {"2026-12-10"}}))
	made("introduction", amina.do("POST", "/mises-en-relation", url.Values{"de": {delattre.String()}, "vers": {lys.String()}, "words": {"Votre atelier a-t-il une scie libre le vendredi ?"}}))
	made("lead", nadia.do("POST", "/pistes", url.Values{"title": {"Une scie le vendredi"}, "party1": {delattre.String()}, "party2": {lys.String()}}))
	nadia.do("POST", "/animation/contacts", url.Values{"given_name": {"Odile"}, "family_name": {"Caron"}, "mail": {"odile@exemple.fr"}, "siret": {delattre.String()}, "consent": {"0"}})
	if err := k.outbox.DB.Read(k.t.Context(), func(t *db.Tx) error {
		var id string
		err := t.One(k.t.Context(), []any{&id}, `SELECT id FROM contact`)
		ids["contact"] = id
		return err
	}); err != nil {
		k.t.Fatal(err)
	}
	m := k.plan(5)
	ids["meeting"] = m.ID
	draft, _, err := k.meetings.Plan(k.t.Context(), account.Actor{Who: "nadia"}, []meeting.Meeting{{Title: "Pas encore dit", Territory: "artois", Commune: "62473", Organiser: "nadia", Room: m.Room}})
	if err != nil {
		k.t.Fatal(err)
	}
	ids["draft"] = draft[0].ID
	offer, slots := k.open(nil)
	ids["visit"], ids["slot"] = offer.ID, slots[0].ID
	return ids
}

// Nobody reaches what is another's by its id: every route that takes one is
// asked, of an object of each kind, by somebody without any firm, by the people
// of another firm, and by a facilitator of elsewhere.
func TestNobodyReachesWhatIsOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		ids := k.others()
		jean := k.browser().signIn("jean@garage.fr")
		k.speaks(jean, garage)
		strangers := map[string]*browser{"somebody without a firm": k.browser().signIn("zoe@ailleurs.fr"), "another firm": jean, "a facilitator of elsewhere": k.facilitator("loin@cma.fr", "calaisis")}
		asked := 0
		for _, route := range k.routes {
			if !strings.Contains(route.path, "{id}") || account.MayAny(nil, route.act) {
				continue
			}
			for kind, id := range ids {
				path := strings.NewReplacer("{id}", id, "{siret}", delattre.String()).Replace(route.path)
				for who, b := range strangers {
					a := b.do(route.method, path, url.Values{})
					asked++
					switch a.status {
					case http.StatusForbidden, http.StatusNotFound, http.StatusBadRequest:
					default:
						t.Errorf("%s: %s %s of a %s: %d", who, route.method, route.path, kind, a.status)
					}
					for _, secret := range []string{"Quarante panneaux", "libre le vendredi", "Odile", "Pas encore dit"} {
						if strings.Contains(a.body, secret) {
							t.Errorf("%s reads %q at %s", who, secret, route.path)
						}
					}
				}
			}
		}
		if asked < 1000 {
			t.Errorf("only %d requests were sent", asked)
		}
		k.unchanged(ids)
	})
}

// unchanged holds the objects of others against what they were.
func (k *desk) unchanged(ids map[string]string) {
	k.t.Helper()
	for query, want := range map[string]string{
		`SELECT state FROM claim WHERE id = $1|claim`:               "open",
		`SELECT state FROM meeting WHERE id = $1|draft`:             "draft",
		`SELECT state FROM introduction WHERE id = $1|introduction`: "",
		`SELECT stage FROM lead WHERE id = $1|lead`:                 "noted",
		`SELECT mail FROM contact WHERE id = $1|contact`:            "odile@exemple.fr",
		`SELECT title FROM visit_offer WHERE id = $1|visit`:         "L’atelier de charpente",
	} {
		query, kind, _ := strings.Cut(query, "|")
		var got string
		if err := k.outbox.DB.Read(k.t.Context(), func(t *db.Tx) error { return t.One(k.t.Context(), []any{&got}, query, ids[kind]) }); err != nil {
			k.t.Errorf("%s: %v", query, err)
		} else if want != "" && got != want || kind == "introduction" && got != "held" && got != "asked" {
			k.t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for query, most := range map[string]int64{
		`SELECT count(*) FROM booking_room WHERE called_off`: 0, `SELECT count(*) FROM booking_mark`: 0, `SELECT count(*) FROM booking`: 0, `SELECT count(*) FROM contact`: 1, `SELECT count(*) FROM lead`: 1,
	} {
		var n int64
		if err := k.outbox.DB.Read(k.t.Context(), func(t *db.Tx) error { return t.One(k.t.Context(), []any{&n}, query) }); err != nil || n > most {
			k.t.Errorf("%s: %d, want %d at most, %v", query, n, most, err)
		}
	}
}
