package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
)

// Every address of the house is an exit that is looked at, or says why it is
// none.
func TestEveryAddressIsAnExitOrSaysWhyNot(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	all := slices.Clone(k.unlisted)
	for _, r := range k.routes {
		if r.method == "GET" {
			all = append(all, "GET "+r.path)
		}
	}
	for _, address := range all {
		_, out := exits[address]
		_, none := noExit[address]
		if out == none {
			t.Errorf("%s: say in exits_table_test.go where a firm stands there, or why none does", address)
		}
	}
	for _, list := range [][]string{keysOf(exits), keysOf(noExit)} {
		for _, address := range list {
			if !slices.Contains(all, address) {
				t.Errorf("%s is no address any more: remove it", address)
			}
		}
	}
}

func keysOf[V any](m map[string]V) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// HARDCASES 24: an establishment that leaves the directory, at the wish of its
// people, of the operator or of the register, is named by no exit from then
// on. Each exit is seen to name it before.
func TestHardCase24EveryExitLosesItAtOnce(t *testing.T) {
	for name, leave := range map[string]func(*crowd){
		"hidden by its people":   func(c *crowd) { c.post(c.dina, "/mon-espace/entreprises/"+lys.String()+"/retrait", nil) },
		"hidden by the operator": func(c *crowd) { c.must(c.hide(lys)) },
		"closed in the register": (*crowd).closeFirm,
	} {
		t.Run(name, func(t *testing.T) {
			c := openCrowd(t, dbtest.SQLite(t)) // what is shown is asked of the directory, whatever the engine
			c.look(t, true)
			leave(c)
			c.look(t, false)
		})
	}
}

func (c *crowd) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// closeFirm serves a register in which the firm is closed.
func (c *crowd) closeFirm() {
	c.t.Helper()
	rest := slices.DeleteFunc(residents(), func(e directory.Establishment) bool { return e.SIRET == lys })
	directorytest.Write(c.t, c.dir, "2026-12-01", rest)
	ctx, stop := context.WithCancel(c.t.Context())
	var watching sync.WaitGroup
	watching.Go(func() { c.directory.Watch(ctx) })
	for deadline := time.Now().Add(5 * time.Second); c.directory.AsOf() != "2026-12-01"; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatal("the new register is not served")
		}
	}
	stop()
	watching.Wait()
}

// address puts the paths of the crowd into an exit.
func (c *crowd) address(exit string) string {
	address := strings.NewReplacer("LYS", lys.String(), "DELATTRE", delattre.String(), "BROCHARD", brochard.String(), "REEMPLOI", reemploi.String()).Replace(exit)
	for kind, path := range c.paths {
		address = strings.ReplaceAll(address, "{"+kind+"}", path)
	}
	return address
}

// look asks at every exit and tells what should not be, or should and is not.
func (c *crowd) look(t *testing.T, stands bool) {
	t.Helper()
	for route, list := range exits {
		for _, exit := range list {
			address := c.address(exit)
			status, text := c.get(t, address)
			_, path, _ := strings.Cut(address, ": ")
			text = strings.ReplaceAll(text, path, "") // the page in another language
			named := strings.Contains(text, theName)
			spoken := strings.Contains(text, theWord) && !strings.Contains(exit, theWord)
			numbered := strings.Contains(text, lys.String()) || strings.Contains(text, spaced(lys.String()))
			may, _, _ := strings.Cut(inConfidence[exit], ":")
			switch {
			case stands && (status != http.StatusOK || !named && !spoken && !numbered):
				t.Errorf("%s as %s: %d, and it does not stand there: this exit proves nothing", route, address, status)
			case stands:
			case status >= 500:
				t.Errorf("%s as %s: %d", route, address, status)
			case named:
				t.Errorf("%s as %s names it: %s", route, address, around(text, theName))
			case spoken && may != "words":
				t.Errorf("%s as %s tells what it said: %s", route, address, around(text, theWord))
			case numbered && may == "":
				t.Errorf("%s as %s tells its number", route, address)
			}
		}
	}
	for route := range noExit {
		path, ok := strings.CutPrefix(route, "GET ")
		if !ok || strings.Contains(path, "{") && path != "/{$}" {
			continue
		}
		for name := range c.who {
			if _, text := c.get(t, name+": "+strings.TrimSuffix(path, "{$}")); strings.Contains(text, theName) {
				t.Errorf("%s names it to %s: it is an exit", route, name)
			}
		}
	}
	for exit := range inConfidence {
		if !slices.ContainsFunc(keysOf(exits), func(route string) bool { return slices.Contains(exits[route], exit) }) {
			t.Errorf("%q is no exit: remove it", exit)
		}
	}
}

// around is what stands around something in a text.
func around(text, what string) string {
	i := strings.Index(text, what)
	return strings.Join(strings.Fields(text[max(0, i-80):min(len(text), i+80)]), " ")
}

// What a hidden establishment asked for is neither answered nor sent to more
// people.
func TestNobodyAnswersWhatLeft(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := openCrowd(t, d)
		c.must(c.hide(lys))
		for _, act := range []struct{ path, why string }{
			{c.paths["need"] + "/interet", "an answer"}, {c.paths["need"] + "/question", "a question"}, {c.paths["needLink"], "an answer by a link"}, {c.paths["pool"] + "/part", "a share"},
		} {
			a := c.who["jean"].do("POST", act.path, url.Values{"siret": {brochard.String()}, "message": {"Mercredi ?"}, "question": {"Mercredi ?"}, "quantity": {"2"}})
			if a.status >= 500 || strings.Contains(a.body, theWord) {
				t.Errorf("%s: %d %s", act.why, a.status, a.header.Get("Location"))
			}
		}
		for _, table := range []string{"need_interest", "need_question"} {
			var n int64
			if err := d.Read(t.Context(), func(tx *db.Tx) error {
				return tx.One(t.Context(), []any{&n}, `SELECT count(*) FROM `+table+` WHERE words = 'Mercredi ?'`)
			}); err != nil || n > 0 {
				t.Errorf("%s: %d were taken, %v", table, n, err)
			}
		}
		for _, path := range []string{c.paths["offer"], c.paths["slot"]} {
			if a := c.who["jean"].do("POST", path, url.Values{"nom": {"Jean"}}); a.status != http.StatusNotFound {
				t.Errorf("a seat at %s: %d", path, a.status)
			}
		}
	})
}

// A picture is at no address any more once its firm hid itself, its page
// sleeps, the person took their choice back or left the register; nor are the
// words found.
func TestPicturesLeaveAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		siret, photo, found string
		leave               func(c *crowd)
	}{
		"hidden":  {lys.String(), "photo", theName, func(c *crowd) { c.must(c.hide(lys)) }},
		"closed":  {lys.String(), "photo", theName, (*crowd).closeFirm},
		"asleep":  {lys.String(), "photo", theName, (*crowd).fallAsleep},
		"retaken": {masked.String(), "maskedPhoto", masked.String(), (*crowd).takeChoiceBack},
	} {
		t.Run(name, func(t *testing.T) {
			c := openCrowd(t, dbtest.SQLite(t))
			c.choose()
			photo := c.paths[test.photo]
			places := []string{photo, strings.Replace(photo, narrowEnd, wideEnd, 1), "/entreprises/" + test.siret, "/en/entreprises/" + test.siret}
			found := []string{"/annuaire?q=" + theWord, "/api/v1/establishments?q=" + theWord}
			for i, path := range places {
				if a := c.browser().do("GET", path, nil); a.status != http.StatusOK || i > 1 && !strings.Contains(a.body, theWord) {
					t.Fatalf("before, %s: %d", path, a.status)
				}
			}
			for _, path := range found {
				if a := c.browser().do("GET", path, nil); strings.Contains(a.body, test.found) == (test.found == masked.String()) {
					t.Fatalf("before, %s: %d", path, a.status)
				}
			}
			test.leave(c)
			for i, path := range places {
				a := c.browser().do("GET", path, nil)
				a.body = strings.ReplaceAll(a.body, path, "") // the page in another language
				if i < 2 && a.status != http.StatusNotFound && a.status != http.StatusGone || strings.Contains(a.body, theWord) || strings.Contains(a.body, ".jpg\"") {
					t.Errorf("%s: %d", path, a.status)
				}
			}
			for _, path := range found {
				if a := c.browser().do("GET", path, nil); strings.Contains(a.body, test.found) {
					t.Errorf("%s finds it by its words", path)
				}
			}
		})
	}
}

// A page that slept is found by its words again once somebody confirms it.
func TestAPageThatSleptWakes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		dina := k.speaker("dina@scop.fr", lys)
		own, words := "/mon-espace/entreprises/"+lys.String(), url.Values{"words": {"Levage du zouave"}, "resource": {"workshop"}, "visits": {"1"}}
		dina.do("POST", own, words)
		found := func() bool { return strings.Contains(k.browser().do("GET", "/annuaire?q=zouave", nil).body, theName) }
		if !found() {
			t.Fatal("not found by its words")
		}
		for name, wake := range map[string]func(b *browser) answer{
			"confirmed":  func(b *browser) answer { return b.do("POST", own+"/confirmer", nil) },
			"said again": func(b *browser) answer { return b.do("POST", own, words) },
			"said anew":  func(b *browser) answer { return b.do("POST", own, url.Values{"words": {"Un zouave lève"}}) },
		} {
			k.clock.Pass(731 * 24 * time.Hour)
			for range 2 {
				if err := k.profiles.Sleep(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if o := k.directory.Overlay(lys); found() || len(o.Flags)+len(o.Resources) > 0 {
				t.Errorf("before it is %s, it sleeps and is found by its words: %+v", name, o)
			}
			if a := wake(k.browser().signIn("dina@scop.fr")); a.status != http.StatusSeeOther || !found() {
				t.Errorf("%s, it is not found by its words: %d", name, a.status)
			}
		}
	})
}

// Who is chosen by the author of a need is reached as their page says while it
// says so, and else as the person who answered.
func TestHardCase24WhoIsChosenIsReachedAsTheyWish(t *testing.T) {
	c := openCrowd(t, dbtest.SQLite(t))
	c.choose()
	amina := c.who["amina"]
	need := c.post(amina, "/annonces", url.Values{"siret": {delattre.String()}, "direction": {"need"}, "kind": {"skills"}, "title": {"Un chauffe-eau"}, "words": {"À changer"}, "near": {"Isbergues"}, "radius": {"20"}, "reply": {"2026-12-12"}})
	c.post(c.who["zoe"], need+"/interet", url.Values{"message": {"Jeudi ?"}, "siret": {masked.String()}})
	c.post(amina, need+"/choix", url.Values{"interet": {amina.do("GET", need, nil).attr("#interesses input[name=interet]", "value")}})
	if got := amina.do("GET", need, nil).text("#interesses"); !strings.Contains(got, "21 00 00 07") {
		t.Errorf("she chose to be called: %q", got)
	}
	c.takeChoiceBack()
	if got := amina.do("GET", need, nil).text("#interesses"); strings.Contains(got, "21 00 00 07") || !strings.Contains(got, "zoe@plombier.fr") {
		t.Errorf("she took it back: %q", got)
	}
}

// choose has a person whom the register does not disclose show what they wrote.
func (c *crowd) choose() {
	c.t.Helper()
	zoe := c.speaker("zoe@plombier.fr", masked)
	own := "/mon-espace/entreprises/" + masked.String()
	c.post(zoe, own, url.Values{"words": {"Sanitaires du zouave"}, "phone": {"03 21 00 00 07"}, "shown": {"1"}})
	if a := zoe.send(own+"/photos", url.Values{"texte": {"Le zouave"}}, phonePicture(c.t, 300, 300)); a.status != http.StatusSeeOther {
		c.t.Fatalf("a picture: %d", a.status)
	}
	photos, err := c.profiles.Pictures(c.t.Context(), masked)
	if err != nil || len(photos) != 1 {
		c.t.Fatal(len(photos), err)
	}
	c.who["zoe"], c.paths["maskedPhoto"] = zoe, "/entreprises/"+masked.String()+"/photos/"+photos[0].Hash+"-480.jpg"
}

func (c *crowd) takeChoiceBack() {
	c.post(c.who["zoe"], "/mon-espace/entreprises/"+masked.String(), url.Values{"words": {"Sanitaires du zouave"}, "phone": {"03 21 00 00 07"}})
}

// fallAsleep passes the time after which a page nobody confirmed sleeps.
func (c *crowd) fallAsleep() {
	c.clock.Pass(731 * 24 * time.Hour)
	c.must(c.profiles.Sleep(c.t.Context()))
}
