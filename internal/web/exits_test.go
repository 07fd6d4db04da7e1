package web

import (
	"archive/zip"
	"bytes"
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/pdf/pdftest"
)

// The firm of these tests is that of the Scop. Its name is the register's,
// "zouave" is in everything that its people say to everybody.
const (
	theName = "Charpentiers de la Lys"
	theWord = "zouave"
)

// A crowd is a house in which one firm stands in every exit, and who looks.
type crowd struct {
	*desk
	dina  *browser // of the firm
	who   map[string]*browser
	paths map[string]string // where its objects are, by kind
}

// openCrowd fills a house: the Scop has a page with a picture, a need that was
// answered and bought together, a team, an introduction, a lead, a cooperation,
// visits, a note, somebody at a meeting, a claim and a label that wait.
func openCrowd(t *testing.T, d *db.DB) *crowd {
	t.Helper()
	k := openDesk(t, d, "https://passerelle.example")
	c := &crowd{desk: k, paths: map[string]string{}}
	c.dina = k.speaker("dina@scop.fr", lys)
	amina, jean := k.speaker("amina@lys.fr", delattre), k.speaker("jean@lys.fr", brochard)
	c.visit(amina) // some days pass: who is staff signs in afterwards
	nadia := k.facilitator("nadia@cma.fr", "artois", "audomarois")
	c.who = map[string]*browser{"a visitor": k.browser(), "amina": amina, "jean": jean, "nadia": nadia, "curieux": k.browser().signIn("curieux@exemple.fr")}
	c.voice()
	c.exchanges(amina, jean, nadia)
	c.together(amina, jean, nadia)
	c.meet(nadia)
	page := jean.do("POST", "/mon-espace/agenda", nil).body
	from := strings.Index(page, feedPath)
	if from < 0 {
		t.Fatal("no address of an agenda of one's own")
	}
	feed, _, _ := strings.Cut(page[from:], ".ics")
	c.paths["feed"] = feed + ".ics"
	return c
}

// post sends a form that must be taken, and returns where it leads.
func (c *crowd) post(b *browser, path string, form url.Values) string {
	c.t.Helper()
	a := b.do("POST", path, form)
	if a.status != http.StatusSeeOther {
		c.t.Fatalf("POST %s: %d %v %v", path, a.status, a.texts(".summary a"), a.texts(".notice"))
	}
	at, _, _ := strings.Cut(a.header.Get("Location"), "?")
	return at
}

// voice has the firm say what it does.
func (c *crowd) voice() {
	c.t.Helper()
	own := "/mon-espace/entreprises/" + lys.String()
	c.post(c.dina, own, url.Values{"words": {"Levage du zouave"}, "sells": {"zouaverie"}, "contact": {"Le zouave"}, "visits": {"1"}})
	if a := c.dina.send(own+"/photos", url.Values{"texte": {"Le zouave au levage"}}, phonePicture(c.t, 300, 300)); a.status != http.StatusSeeOther {
		c.t.Fatalf("a picture: %d", a.status)
	}
	photos, err := c.profiles.Pictures(c.t.Context(), lys)
	if err != nil || len(photos) != 1 {
		c.t.Fatal(len(photos), err)
	}
	c.paths["photo"] = "/entreprises/" + lys.String() + "/photos/" + photos[0].Hash + "-480.jpg"
	if a := c.dina.send(own+"/labels", url.Values{"label": {"rge"}, "jusqu": {"2027-06-30"}, "adresse": {"https://exemple.fr/zouave"}}, nil); a.status != http.StatusSeeOther {
		c.t.Fatalf("a label: %d %v", a.status, a.texts(".summary a"))
	}
	c.paths["label"] = c.who["nadia"].do("GET", "/animation", nil).attr("#labels ~ ul a", "href")
	c.paths["ownClaim"] = c.post(c.who["curieux"], "/mon-espace/revendiquer/"+lys.String(), nil)
	c.paths["claim"] = "/animation/revendications/" + anID.FindString(c.paths["ownClaim"])
}

// exchanges has it post a need that many buy together, and answer another's.
func (c *crowd) exchanges(amina, jean, nadia *browser) {
	c.t.Helper()
	said := url.Values{"siret": {lys.String()}, "direction": {"need"}, "kind": {"machine"}, "title": {"Grue du zouave"}, "words": {"Une grue de zouave"}, "trades": {"menuisier"}, "near": {"Isbergues"}, "radius": {"20"}, "reply": {"2026-12-10"}}
	need := c.post(c.dina, "/annonces", said)
	c.post(nadia, need+"/accord", nil)
	c.post(jean, need+"/question", url.Values{"question": {"Laquelle ?"}, "siret": {brochard.String()}})
	id := c.dina.do("GET", need, nil).attr("#questions input[name=id]", "value")
	c.told = nil
	c.post(c.dina, need+"/reponse", url.Values{"id": {id}, "reponse-" + id: {"Celle du zouave"}})
	c.paths["need"], c.paths["needLink"] = need, need+"/lien/"+c.told[len(c.told)-1].Token
	c.post(jean, need+"/interet", url.Values{"message": {"Mardi ?"}, "siret": {brochard.String()}})
	for name, value := range map[string]string{"kind": "purchase", "title": "Vis du zouave", "words": "Des vis de zouave", "unit": "t"} {
		said.Set(name, value)
	}
	said.Del("reply")
	need = c.post(c.dina, "/annonces", said)
	c.paths["bought"], c.paths["pool"] = need, need+"/achat"
	c.post(c.dina, need+"/achat", url.Values{"threshold": {"5"}, "until": {"2026-12-15"}})
	c.post(c.dina, need+"/achat/part", url.Values{"siret": {lys.String()}, "quantity": {"2"}})
	c.post(jean, need+"/achat/part", url.Values{"siret": {brochard.String()}, "quantity": {"3,5"}})
	c.post(c.dina, need+"/achat/devis", url.Values{"supplier": {"Moulin"}, "unit": {"420"}, "delivery": {"90"}})
	c.post(c.dina, need+"/achat/groupe", url.Values{"offer": {c.dina.do("GET", need+"/achat", nil).attr("#offer option", "value")}, "referent": {lys.String()}})
	theirs := c.post(amina, "/annonces", url.Values{"siret": {delattre.String()}, "direction": {"need"}, "kind": {"machine"}, "title": {"Scie à format"}, "words": {"Quarante panneaux"}, "trades": {"menuisier"}, "near": {"Isbergues"}, "radius": {"20"}, "reply": {"2026-12-10"}})
	c.post(nadia, theirs+"/accord", nil)
	c.post(c.dina, theirs+"/interet", url.Values{"message": {"Lundi ?"}, "siret": {lys.String()}})
	c.paths["theirNeed"] = theirs
	c.post(amina, theirs+"/choix", url.Values{"interet": {amina.do("GET", theirs, nil).attr("#interesses input[name=interet]", "value")}})
}

// together has it in a team, an introduction, a lead and a cooperation.
func (c *crowd) together(amina, jean, nadia *browser) {
	c.t.Helper()
	found := c.browser().do("GET", "/groupements?near=isbergues&lot=Boulangerie&lot=menuiserie&lot=charpentier&radius_km=25&social=1", nil)
	keep := found.attr(".team .acts a", "href")
	c.paths["keep"] = keep
	team := c.post(amina, keep, url.Values{"titre": {"Un fournil"}})
	c.post(amina, team+"/inviter", nil)
	id := team[strings.LastIndex(team, "/")+1:]
	c.paths["team"], c.paths["teamLink"] = team, "/invitation-groupement/"+c.projects.Link(id, brochard, "contact-x")
	for b, s := range map[*browser]string{c.dina: lys.String(), jean: brochard.String(), amina: delattre.String()} {
		c.post(b, team+"/reponse", url.Values{"siret": {s}, "reponse": {"oui"}})
	}
	met := c.post(amina, "/mises-en-relation", url.Values{"de": {delattre.String()}, "vers": {lys.String()}, "words": {"Votre atelier a-t-il une scie libre ?"}})
	c.post(nadia, met, url.Values{"geste": {"transmettre"}})
	c.post(c.dina, met, url.Values{"geste": {"accepter"}, "name": {"Dina"}, "mail": {"dina@scop.fr"}})
	c.paths["introduction"], c.paths["introductionLink"] = met, met+"/lien/"+c.letter(exchange.LetterAnswer).Token
	lead := c.post(nadia, "/pistes", url.Values{"title": {"Une scie le vendredi"}, "party1": {delattre.String()}, "party2": {lys.String()}})
	c.paths["lead"] = lead
	if err := c.leads.Ask(c.t.Context(), account.Actor{Who: "nadia", Channel: account.Web}, lead[strings.LastIndex(lead, "/")+1:], true); err != nil {
		c.t.Fatal(err)
	}
	for _, n := range c.news {
		if n.SIRET == delattre {
			c.paths["standing"] = lead + "/nouvelles/" + n.Token
		}
	}
	c.asked = nil
	place := c.post(nadia, lead+"/cooperation", url.Values{"for": {lys.String()}, "kind": {"materials"}, "started": {"2026-11-21"}, "materials": {"400"}})
	c.paths["cooperation"], c.paths["cooperationLink"] = place, place+"/lien/"+c.asked[0].Token
	c.post(c.browser(), c.paths["cooperationLink"], url.Values{})
	c.post(c.dina, place+"/retour", url.Values{"siret": {lys.String()}, "fait": {"Des palettes démontées"}, "publier": {"1"}})
	if n := c.asked[len(c.asked)-1]; n.Note != nil {
		c.paths["agree"] = "/retours/accord/" + n.Note.ID + "/" + n.Token
	}
}

// meet has somebody of it at a meeting, and somebody it is known by invited.
func (c *crowd) meet(nadia *browser) {
	c.t.Helper()
	m := c.plan(9)
	c.guest(m.ID, "Dina Caron", lys, "")
	c.guest(m.ID, "Bruno Petit", reemploi, "")
	c.paths["contact"] = c.post(nadia, "/animation/contacts", url.Values{"siret": {lys.String()}, "last_name": {"Wacheux"}, "phone": {"03 21 00 00 00"}, "consent": {"1"}, "consent_said": {"2026-11-01"}, "consent_words": {"Oui"}, "consent_by": {"phone"}})
	sheet, err := c.bookings.Sheet(c.t.Context(), m.ID)
	if err != nil {
		c.t.Fatal(err)
	}
	desk := plansPath + "/" + m.ID
	c.paths["meeting"], c.paths["desk"], c.paths["door"] = "/reunions/"+m.ID, desk, "/accueil/"+c.bookings.Helper(&sheet.Room)
	form := url.Values{}
	for _, part := range strings.Split(nadia.do("GET", desk+"/invitations", nil).body, `name="qui" value="`)[1:] {
		key, _, _ := strings.Cut(part, `"`)
		form.Add("qui", key)
	}
	c.post(nadia, desk+"/invitations", form)
}

// visit has it open its doors: somebody books, another wishes, a third wrote.
func (c *crowd) visit(amina *browser) {
	c.t.Helper()
	o, slots := c.open(nil)
	o.Title, o.Terms.Where = "L’atelier du zouave", "Au zouave"
	if faults, err := c.visits.Change(c.t.Context(), account.Actor{Who: "dina", Channel: account.Web}, o); err != nil {
		c.t.Fatal(faults, err)
	}
	c.paths["offer"], c.paths["slot"] = "/visites/"+o.ID, "/visites/"+slots[1].ID
	wish := c.wishing(url.Values{"siret": {lys.String()}})
	c.post(amina, "/souhait", wish)
	list, err := c.visits.Wishes(c.t.Context(), []string{"artois"})
	if err != nil || len(list) != 1 {
		c.t.Fatal(len(list), err)
	}
	for _, l := range c.visited {
		if l.Token != "" && l.Kind == "visit.wished" {
			c.paths["wish"] = "/souhait/" + l.Token
		}
	}
	came := c.comes(slots[0], "amina", brochard)
	c.paths["seat"] = "/ma-place/" + c.bookings.Link(came.ID)
	k := came.ID
	c.clock.Pass(slots[0].Room.End.Sub(c.clock.Now()) + time.Hour)
	link := "/retours/ecrire/" + c.visits.WriteLink(k)
	c.post(c.browser(), link, url.Values{"vu": {"Un levage à quatre"}, "publier": {"1"}, "metier": {"menuisier"}})
	written, err := c.visits.Takeaway(context.Background(), k)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.visits.Publish(context.Background(), account.Actor{Who: "dina"}, k, written.WrittenAt, true); err != nil {
		c.t.Fatal(err)
	}
	c.paths["write"], c.paths["note"], c.paths["notePaper"] = link, "/retours/"+k, "/retours/pdf/"+k
	ahead := c.comes(slots[1], "jean", 0)
	c.paths["seatAhead"] = "/ma-place/" + c.bookings.Link(ahead.ID)
}

// get asks for an address, as who comes first in it, and returns what a reader
// reads: the words of a document, of a workbook, of a page.
func (c *crowd) get(t *testing.T, address string) (status int, text string) {
	t.Helper()
	name, path, _ := strings.Cut(address, ": ")
	b := c.who[name]
	if b == nil {
		t.Fatalf("nobody is called %q", name)
	}
	if path == "/api/v1/teams" {
		return http.StatusOK, c.teamsAnswered()
	}
	a := b.do("GET", path, nil)
	return a.status, c.textOf(t, a.header.Get("Content-Type"), a.body)
}

func (c *crowd) textOf(t *testing.T, contentType, body string) string {
	t.Helper()
	switch {
	case strings.HasPrefix(contentType, "application/pdf"):
		return pdftest.Text(t, []byte(body))
	case strings.Contains(contentType, "spreadsheetml"):
		z, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			out.WriteString(html.UnescapeString(string(b)))
		}
		return out.String()
	case strings.HasPrefix(contentType, "text/calendar"):
		return strings.ReplaceAll(body, "\r\n ", "")
	}
	return html.UnescapeString(body)
}

// teamsAnswered returns what POST /api/v1/teams answers.
func (c *crowd) teamsAnswered() string {
	r := httptest.NewRequest("POST", "/api/v1/teams", strings.NewReader(`{"near":"62473","radius_km":25,"lots":[{"trade":"boulanger"},{"trade":"4391AZ"}],"social_clause":true,"max_members":4}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	c.site.ServeHTTP(w, r)
	return w.Body.String()
}
