package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/meeting"
)

// parts sends a form with parts, the file among them when it has a name.
func (b *browser) parts(path, file, content string, fields map[string]string) answer {
	b.desk.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			b.desk.t.Fatal(err)
		}
	}
	if file != "" {
		part, err := w.CreateFormFile("fichier", file)
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err != nil {
			b.desk.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.desk.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	rec := httptest.NewRecorder()
	b.desk.site.ServeHTTP(rec, r)
	root, err := html.Parse(strings.NewReader(rec.Body.String()))
	if err != nil {
		b.desk.t.Fatal(err)
	}
	return answer{rec.Code, rec.Result().Header, rec.Body.String(), root}
}

// A facilitator takes meetings away, changes a cell, looks at what it does and
// presses once; the same press again is shown first, and changes nothing.
func TestBringMeetings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		k.plan(20)
		nadia := k.facilitator("nadia@cma.fr", "artois")
		file := nadia.do("GET", "/animation/reunions.csv", nil)
		if file.status != 200 || !strings.Contains(file.body, "Se connaître") || file.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("taken away: %d %s", file.status, file.body)
		}
		same := nadia.parts("/animation/reunions/fichier", "reunions.csv", file.body, nil)
		if same.status != 200 || same.text("tbody strong") != "Inchangée" || same.attr("form button[disabled]", "class") == "" {
			t.Errorf("brought back: %d %q", same.status, same.texts("tbody td"))
		}
		changed := strings.Replace(file.body, ";20;0;attend;", ";25;0;passe;", 1) + "\r\n;;;=HYPERLINK(1);artois;Isbergues;2027-05-01;18:00;20:00;40;0;;;;;;\"Nadia, +33 3 21 00 00 01\";;;\r\n;;;Ailleurs;calaisis;Calais;2027-05-02;18:00;20:00;40;0;;;;;;;;;\r\n"
		look := nadia.parts("/animation/reunions/fichier", "reunions.csv", changed, nil)
		if got := strings.Join(look.texts("tbody strong"), " "); look.status != 200 || got != "Refusée Changée Nouvelle" {
			t.Fatalf("looked at: %d %q\n%s", look.status, got, look.text("tbody"))
		}
		for _, say := range []string{"places : « 20 » devient « 25 »", "Jour férié : fête du Travail", "suivi par quelqu’un d’autre"} {
			if !strings.Contains(look.text("tbody"), say) {
				t.Errorf("the page does not say %q: %s", say, look.text("tbody"))
			}
		}
		sent := look.filledIn("main form")
		press := map[string]string{"contenu": sent.Get("contenu"), "vu": sent.Get("vu")}
		if a := nadia.parts("/animation/reunions/fichier/appliquer", "", "", map[string]string{"contenu": press["contenu"], "vu": "other"}); a.status != http.StatusConflict || a.text(".notice.warn p") == "" {
			t.Errorf("another digest: %d", a.status)
		}
		if a := nadia.parts("/animation/reunions/fichier/appliquer", "", "", press); a.status != 200 || a.text(".notice.ok p") != "C’est fait." {
			t.Fatalf("taken in: %d\n%s", a.status, a.body)
		}
		list, err := k.meetings.Meetings(t.Context(), meeting.Filter{Drafts: true})
		if err != nil || len(list) != 2 || list[0].Room.Seats != 25 || !list[0].Room.Skips || list[1].Title != "=HYPERLINK(1)" || list[1].Shown() || list[1].Venue.Contact != "Nadia, +33 3 21 00 00 01" {
			t.Fatalf("%+v, %v", list, err)
		}
		if a := nadia.parts("/animation/reunions/fichier/appliquer", "", "", press); a.status != http.StatusConflict {
			t.Errorf("pressed again: %d", a.status)
		}
		for _, kind := range []string{"csv", "xlsx"} {
			model := nadia.do("GET", "/animation/reunions/modele."+kind, nil)
			if a := nadia.parts("/animation/reunions/fichier", "modele."+kind, model.body, nil); model.status != 200 || a.text("tbody strong") != "Nouvelle" {
				t.Errorf("the model as %s: %d %q", kind, model.status, a.text("tbody"))
			}
		}
		for name, content := range map[string]string{"rien.csv": "", "a.pdf": "%PDF-1.7", "a.csv": "nom;prénom\nx;y\n", "long.csv": "titre;commune\n" + strings.Repeat("a;b\n", 501)} {
			if a := nadia.parts("/animation/reunions/fichier", name, content, nil); a.status != 422 || a.attr("#fichier", "aria-invalid") != "true" {
				t.Errorf("%s: %d", name, a.status)
			}
		}
		if a := nadia.parts("/animation/reunions/fichier", "grand.csv", "titre;commune\n"+strings.Repeat("é", 3<<20), nil); a.status != http.StatusRequestEntityTooLarge {
			t.Errorf("too big: %d", a.status)
		}
		for _, stranger := range []*browser{k.browser(), k.browser().signIn("amina@lys.fr"), k.as(account.Operator)} {
			if a := stranger.parts("/animation/reunions/fichier/appliquer", "", "", press); a.status != http.StatusSeeOther && a.status != http.StatusForbidden {
				t.Errorf("a stranger takes in: %d", a.status)
			}
		}
	})
}
