package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/geo"
	"passerelle/internal/register"
)

// The masked natural persons of the house.
var maskedPersons = []struct {
	siret         register.SIRET
	trade, sector string
	territory     string
}{
	{directorytest.Masked, "plombier", "building", "artois"},
	{directorytest.MaskedESS, "tapissier", "services", "calaisis"},
}

// personal are questions that could place or name a person.
// Each, but for the masking, would find one.
var personal = []string{
	"q=TRADE", "q=TRADE&department=62", "q=calaisis", "q=berguette", "q=artois+TRADE",
	"commune=62473&trade=TRADE", "commune=62110&trade=TRADE", "commune=62193&trade=TRADE", "epci=200072460&trade=TRADE", "epci=200090751&trade=TRADE",
	"near=isbergues&trade=TRADE", "near=62193&trade=TRADE", "lat=50.62&lon=2.46&trade=TRADE", "lat=50.95&lon=1.85&trade=TRADE&sort=name", "lat=0&lon=0&trade=TRADE",
	"near=isbergues&radius_km=500&trade=TRADE", "near=isbergues&sort=distance&trade=TRADE", "near=isbergues&sort=relevance&trade=TRADE",
	"bbox=-90,-180,90,180&trade=TRADE", "bbox=50.5,2.3,50.7,2.6&trade=TRADE",
}

// impersonal are questions that tell nothing of a person.
var impersonal = []string{
	"trade=TRADE", "sector=SECTOR&per_page=100", "world=craft&per_page=100", "department=62&per_page=100", "size=NN&per_page=100",
	"territory=TERRITORY&trade=TRADE", "trade=TRADE&sort=name", "trade=TRADE&sort=relevance", "per_page=100", "q=SIREN", "q=SIRET",
}

// HARDCASES 24: a masked person is in no list, count or facet of a question
// that could place or name it, by any exit, and in those where it may be,
// nothing names or places it.
func TestHardCase24MaskedPersonsLeaveByNoExitOfTheAPI(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	for _, p := range maskedPersons {
		siret := p.siret.String()
		for _, question := range personal {
			question = strings.ReplaceAll(question, "TRADE", p.trade)
			a := fetch[listAnswerShape](t, h, "/api/v1/establishments?"+question, http.StatusOK)
			if slices.Contains(numbers(a.Results), siret) {
				t.Errorf("?%s lists the masked %s", question, siret)
			}
			if strings.Contains(question, "trade=") && a.Total != 0 {
				t.Errorf("?%s counts %d, and nobody shown has this trade", question, a.Total)
			}
			for name, n := range a.Facets.World {
				if strings.Contains(question, "trade=") && n != 0 {
					t.Errorf("?%s counts %d of the world %s", question, n, name)
				}
			}
			for _, facet := range []map[string]int{a.Facets.Sector, a.Facets.Family, a.Facets.Territory} {
				for value, n := range facet {
					if strings.Contains(question, "trade=") && n != 0 {
						t.Errorf("?%s counts %d of %s", question, n, value)
					}
				}
			}
		}
		for _, question := range impersonal {
			question = strings.NewReplacer("TRADE", p.trade, "SECTOR", p.sector, "TERRITORY", p.territory, "SIREN", p.siret.SIREN().String(), "SIRET", siret).Replace(question)
			a := fetch[listAnswerShape](t, h, "/api/v1/establishments?"+question, http.StatusOK)
			i := slices.IndexFunc(a.Results, func(r listRecord) bool { return r.SIRET == siret })
			if i < 0 || a.Total != len(a.Results) {
				t.Errorf("?%s does not list %s, or counts %d and lists %d", question, siret, a.Total, len(a.Results))
				continue
			}
			holdsNothing(t, "?"+question, a.Results[i])
		}
		r := fetch[record](t, h, "/api/v1/establishments/"+siret, http.StatusOK)
		holdsNothing(t, siret, r.listRecord)
		if r.Address != nil {
			t.Errorf("%s has the address %+v", siret, *r.Address)
		}
		for _, question := range []string{"", "?world=ess", "?n=50"} {
			if p := fetch[problem](t, h, "/api/v1/establishments/"+siret+"/nearby"+question, http.StatusNotFound); strings.Contains(p.Detail, "mask") {
				t.Errorf("%s: the refusal says more than it should: %s", siret, p.Detail)
			}
		}
		if p := fetch[problem](t, h, "/api/v1/establishments/"+siret+"/partners", http.StatusNotFound); p.Type != "urn:passerelle:problem:placeless" || strings.Contains(p.Detail, "mask") {
			t.Errorf("%s: partners are refused by %+v", siret, p)
		}
		for _, question := range []string{"", "&trade=" + p.trade, "&q=" + p.trade, "&department=62", "&territory=" + p.territory} {
			for zoom := 0; zoom <= 20; zoom += 5 {
				a := fetch[mapAnswer](t, h, fmt.Sprintf("/api/v1/map?bbox=-90,-180,90,180&zoom=%d%s", zoom, question), http.StatusOK)
				if strings.Contains(question, p.trade) && a.Total != 0 {
					t.Errorf("the map of %s counts %d", question, a.Total)
				}
				for _, c := range a.Clusters {
					if c.SIRET != nil && *c.SIRET == siret || a.Total > 8 {
						t.Errorf("the map of %s at %d shows %s, or %d in all", question, zoom, siret, a.Total)
					}
				}
			}
		}
	}
	for _, e := range directorytest.Establishments() {
		if e.Mask == directory.MaskedPerson {
			continue
		}
		for _, r := range fetch[nearbyAnswer](t, h, "/api/v1/establishments/"+e.SIRET.String()+"/nearby?n=50", http.StatusOK).Results {
			if r.Masked {
				t.Errorf("%s is said to be near %s", r.SIRET, e.SIRET)
			}
		}
	}
}

// holdsNothing fails when a record says what names or places a masked person.
func holdsNothing(t *testing.T, where string, r listRecord) {
	t.Helper()
	if !r.Masked || r.Name != nil || r.Sign != nil || r.Commune != nil || r.Lat != nil || r.Lon != nil || r.Position != nil || r.Distance != nil {
		t.Errorf("%s: %+v", where, r)
	}
}

// Even what a mistake of an import would have kept does not leave by any page
// or answer: they ask the mask, not the fields.
func TestAMaskHidesWhatAnImportForgot(t *testing.T) {
	dir := t.TempDir()
	house := directorytest.Establishments()
	i := slices.IndexFunc(house, func(e directory.Establishment) bool { return e.SIRET == directorytest.Masked })
	forgot := &house[i]
	forgot.Name, forgot.Sign, forgot.Street, forgot.Postcode, forgot.Commune = "Jeanne Ducrocq", "Chez Ducrocq", "7, rue Ducrocq", "62331", "62473"
	forgot.Point, forgot.Precision, forgot.Aliases = geo.Point{Lat: 50.61234, Lon: 2.45678}, directory.AtAddress, []string{"Ducrocq"}
	directorytest.Write(t, dir, directorytest.AsOf, house)
	h := openAPIHouse(t, dir, nil).Handler()
	siret := forgot.SIRET.String()
	for _, path := range []string{
		"/api/v1/establishments?trade=plombier", "/api/v1/establishments?q=" + siret, "/api/v1/establishments/" + siret, "/api/v1/establishments?q=ducrocq",
		"/api/v1/establishments?q=chez+ducrocq&near=isbergues", "/api/v1/establishments/" + siret + "/nearby", "/api/v1/establishments?commune=62473&per_page=100",
		"/api/v1/establishments/" + siret + "/partners", "/api/v1/establishments/" + directorytest.Boulangerie.String() + "/partners?world=both&limit=100",
		"/api/v1/map?bbox=50.61,2.45,50.62,2.46&zoom=20", "/api/v1/establishments/" + directorytest.Boulangerie.String() + "/nearby?n=50",
		"/annuaire?trade=plombier", "/annuaire?q=" + siret, "/annuaire?q=ducrocq", "/annuaire?sector=building&view=map", "/annuaire?near=isbergues",
		"/annuaire.csv", "/annuaire.csv?trade=plombier", "/entreprises/" + siret, "/en/entreprises/" + siret, "/metiers/plombier", "/metiers/plombier?near=isbergues",
		"/territoires/artois", "/carte", "/carte?near=isbergues", "/sitemap/62-1.xml", "/entreprises/" + directorytest.Boulangerie.String(), "/",
	} {
		body := bodyOf(t, request{path: path}.send(h))
		for _, secret := range []string{"Ducrocq", "50.61234", "2.45678", "62331"} {
			if i := strings.Index(body, secret); i >= 0 && !strings.Contains(path, strings.ToLower(secret)) {
				t.Errorf("GET %s tells %q: %s", path, secret, body[max(0, i-200):min(len(body), i+200)])
			}
		}
	}
}

// A masked legal person keeps its name and its commune, and nothing nearer.
func TestAMaskedLegalPersonKeepsItsCommune(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	r := fetch[record](t, h, "/api/v1/establishments/"+directorytest.Mutuelle.String(), http.StatusOK)
	if r.Masked || r.Name == nil || *r.Name != "Mutuelle des Deux Rives" || r.Commune == nil || r.Position == nil || *r.Position != "commune" || r.Address != nil {
		body, err := json.Marshal(r)
		t.Errorf("%s %v", body, err)
	}
	a := fetch[listAnswerShape](t, h, "/api/v1/establishments?commune=62041", http.StatusOK)
	if a.Total != 1 {
		t.Errorf("its commune does not list it: %+v", a)
	}
}

// What is hidden is hidden by every exit within a second, on every node, and
// stays so under another register.
func TestHiddenByEveryExit(t *testing.T) { dbtest.Each(t, hiddenByEveryExit) }

func hiddenByEveryExit(t *testing.T, d *db.DB) {
	dir := directorytest.House(t)
	var nodes []*Server
	var watching sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	for range 2 {
		s := openAPIHouse(t, dir, func(c *Config) {
			n, err := directory.Open(ctx, directory.Config{Dir: dir, Places: c.Places, Trades: c.Trades, DB: d, Clock: clock.System{}, Log: c.Log})
			if err != nil {
				t.Fatal(err)
			}
			c.Directory = n
			watching.Go(func() { n.Watch(ctx) })
		})
		nodes = append(nodes, s)
	}
	t.Cleanup(func() { stop(); watching.Wait() })
	hidden := directorytest.Charpentiers
	path := "/api/v1/establishments/" + hidden.String()
	tag := (request{path: path}).send(nodes[1].Handler()).Header.Get("ETag")
	if err := nodes[0].config.Directory.Hide(ctx, directory.Act{Who: "amina", Channel: "desk"}, hidden, "objection"); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Second)
	for (request{path: path, header: map[string]string{"If-None-Match": tag}}).send(nodes[1].Handler()).StatusCode != http.StatusNotFound {
		if time.Now().After(deadline) {
			t.Fatal("after a second the other node still answers")
		}
		time.Sleep(10 * time.Millisecond)
	}
	look := func(when string) {
		t.Helper()
		for i, s := range nodes {
			for _, path := range []string{
				"/api/v1/establishments?per_page=100", "/api/v1/establishments?q=charpentiers", "/api/v1/establishments?q=" + hidden.String(),
				"/api/v1/establishments?commune=62473", "/api/v1/establishments/" + directorytest.Boulangerie.String() + "/nearby?n=50",
				"/api/v1/map?bbox=50.5,2.3,50.7,2.6&zoom=20", path, path + "/nearby", path + "/partners",
				"/api/v1/establishments/" + directorytest.Boulangerie.String() + "/partners?limit=100&radius_km=100", "/annuaire?q=charpentiers", "/entreprises/" + hidden.String(),
				"/annuaire.csv?commune=62473", "/sitemap/62-1.xml",
			} {
				res := request{path: path}.send(s.Handler())
				body := bodyOf(t, res)
				if strings.Contains(body, "Charpentiers de la Lys") || strings.Contains(path, "sitemap") && strings.Contains(body, hidden.String()) {
					t.Errorf("%s, node %d: GET %s still tells it: %d", when, i, path, res.StatusCode)
				}
			}
			if a := fetch[listAnswerShape](t, s.Handler(), "/api/v1/establishments?world=both", http.StatusOK); a.Total != 1 || a.Facets.World["ess"] != 3 {
				t.Errorf("%s, node %d: it is still counted: %d, %v", when, i, a.Total, a.Facets.World)
			}
			if a := fetch[territoriesAnswer](t, s.Handler(), "/api/v1/territories", http.StatusOK); a.Results[slices.IndexFunc(a.Results, func(r territoryRecord) bool { return r.Slug == "artois" })].ESS != 1 {
				t.Errorf("%s, node %d: its territory counts it: %+v", when, i, a)
			}
		}
	}
	look("hidden")
	directorytest.Write(t, dir, "2026-12-01", directorytest.Establishments())
	for deadline := time.Now().Add(time.Second); nodes[0].config.Directory.AsOf() != "2026-12-01" || nodes[1].config.Directory.AsOf() != "2026-12-01"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("after a second the new register is not served")
		}
	}
	look("under another register")
}

// Requests go on while registers are swapped: none fails.
func TestNoRequestFailsWhileRegistersSwap(t *testing.T) {
	dir := directorytest.House(t)
	s := openAPIHouse(t, dir, nil)
	ctx, stop := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() { s.config.Directory.Watch(ctx) })
	for _, path := range []string{"/api/v1/establishments?q=boulanger", "/api/v1/establishments/" + directorytest.Amina.String(), "/api/v1/map?bbox=50,2,51,3&zoom=9", "/annuaire?near=isbergues"} {
		working.Go(func() {
			for ctx.Err() == nil {
				if res := (request{path: path}).send(s.Handler()); res.StatusCode != http.StatusOK {
					t.Errorf("GET %s: %d", path, res.StatusCode)
					return
				}
			}
		})
	}
	for _, day := range []clock.Day{"2026-11-02", "2026-11-03", "2026-11-04"} {
		directorytest.Write(t, dir, day, directorytest.Establishments())
		for deadline := time.Now().Add(2 * time.Second); s.config.Directory.AsOf() != day; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the register of %s is not served", day)
			}
		}
	}
	stop()
	working.Wait()
	if text := bodyOf(t, request{path: "/metrics"}.send(s.Handler())); strings.Contains(text, `status="5`) || !strings.Contains(text, `status="200"`) {
		t.Error("some request failed")
	}
}
