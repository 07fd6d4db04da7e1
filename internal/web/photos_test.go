package web

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/register"
)

// send sends a form with a file, as a browser without JavaScript would.
func (b *browser) send(path string, form url.Values, file []byte) answer {
	b.desk.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, values := range form {
		if err := m.WriteField(name, values[0]); err != nil {
			b.desk.t.Fatal(err)
		}
	}
	if file != nil {
		w, err := m.CreateFormFile("fichier", "IMG_0042.jpg")
		if err != nil {
			b.desk.t.Fatal(err)
		}
		if _, err := w.Write(file); err != nil {
			b.desk.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		b.desk.t.Fatal(err)
	}
	r := httptest.NewRequest("POST", path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.desk.site.ServeHTTP(w, r)
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		b.desk.t.Fatal(err)
	}
	return answer{w.Code, w.Result().Header, w.Body.String(), root}
}

// speaker returns somebody who speaks for an establishment.
func (k *desk) speaker(mail string, siret register.SIRET) *browser {
	k.t.Helper()
	b := k.browser().signIn(mail)
	b.do("POST", "/mon-espace/revendiquer/"+siret.String(), nil)
	claims, err := k.accounts.ClaimsOf(k.t.Context(), idOf(k.t, k, mail))
	if err != nil || len(claims) == 0 {
		k.t.Fatalf("%d claims, %v", len(claims), err)
	}
	if _, err := k.accounts.Approve(k.t.Context(), account.Actor{Who: "nadia", Channel: account.Web}, claims[0].ID, account.ByDecision, ""); err != nil {
		k.t.Fatal(err)
	}
	return b
}

func phonePicture(t testing.TB, w, h int) []byte {
	t.Helper()
	m := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	for i := range m.Y {
		m.Y[i] = uint8(i / w)
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = 110, 150
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A picture of a telephone is sent by a plain form and seen on the page; what
// is wrong is said next to its field and in words that tell what to do.
func TestPhotosPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, jean := k.speaker("amina@lys.fr", delattre), k.browser().signIn("jean@lys.fr")
		path := "/mon-espace/entreprises/" + delattre.String() + "/photos"
		picture := phonePicture(t, 4032, 3024)
		words := url.Values{"texte": {"Le fournil, au petit matin"}}
		if a := jean.send(path, words, picture); a.status != http.StatusForbidden {
			t.Errorf("a stranger: %d", a.status)
		}
		heic := []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
		for name, c := range map[string]struct {
			form        url.Values
			file        []byte
			field, says string
		}{
			"nothing chosen": {words, nil, "fichier", "Choisissez"},
			"no words":       {url.Values{}, picture, "texte", "ce qu’on voit"},
			"a PDF":          {words, []byte("%PDF-1.7"), "fichier", "JPEG"},
			"HEIC":           {words, heic, "fichier", "Le plus compatible"},
			"too long":       {words, make([]byte, 13<<20), "fichier", "trop grande"},
		} {
			a := amina.send(path, c.form, c.file)
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text("#"+c.field+"-faute"), c.says) || a.attr(".summary a", "href") != "#"+c.field {
				t.Errorf("%s: %d %q", name, a.status, a.text("#"+c.field+"-faute"))
			}
			if c.form.Get("texte") != "" && a.attr("#texte", "value") != c.form.Get("texte") {
				t.Errorf("%s: the words are lost", name)
			}
		}
		if a := amina.send(path, words, picture); a.status != http.StatusSeeOther {
			t.Fatalf("sending: %d", a.status)
		}
		if a := amina.send(path, url.Values{"texte": {"La vitrine"}}, phonePicture(t, 640, 900)); a.status != http.StatusSeeOther {
			t.Fatalf("sending another: %d", a.status)
		}
		page := k.browser().do("GET", "/entreprises/"+delattre.String(), nil)
		if got := page.attr(".photos img", "alt"); got != "Le fournil, au petit matin" {
			t.Errorf("the page shows %q", got)
		}
		at := page.attr(".photos a", "href")
		file := k.browser().do("GET", at, nil)
		c, err := jpeg.DecodeConfig(strings.NewReader(file.body))
		if err != nil || c.Width != 1600 || c.ColorModel != color.YCbCrModel || file.header.Get("Content-Type") != "image/jpeg" || !strings.Contains(file.header.Get("Cache-Control"), "immutable") || file.header.Get("ETag") == "" {
			t.Errorf("the file: %v, %v, %v", c, err, file.header)
		}
		if a := k.browser().do("GET", at[:len(at)-8]+"9999.jpg", nil); a.status != http.StatusNotFound {
			t.Errorf("no such file: %d", a.status)
		}
		first := amina.do("GET", path, nil).attr(`.photo-rows form[action$="premiere"]`, "action")
		amina.do("POST", first, nil)
		if got := k.browser().do("GET", "/entreprises/"+delattre.String(), nil).attr(".photos img", "alt"); got != "La vitrine" {
			t.Errorf("first is %q", got)
		}
		gone := amina.do("GET", path, nil)
		for range 2 {
			remove := gone.attr(`.photo-rows form[action$="retrait"]`, "action")
			if a := amina.do("POST", remove, nil); a.status != http.StatusSeeOther {
				t.Errorf("removing: %d", a.status)
			}
			gone = amina.do("GET", path, nil)
		}
		if a := k.browser().do("GET", at, nil); a.status != http.StatusNotFound {
			t.Errorf("a removed picture: %d", a.status)
		}
	})
}

// A facilitator adds a picture for somebody, and says for whom; a firm that
// leaves the directory takes its pictures along.
func TestPhotosFollowTheFirm(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	amina, nadia := k.speaker("amina@lys.fr", delattre), k.facilitator("nadia@cma.fr", "artois")
	own := "/mon-espace/entreprises/" + delattre.String()
	words := url.Values{"texte": {"La vitrine"}}
	if a := nadia.send(own+"/photos", words, phonePicture(t, 400, 300)); a.status != http.StatusUnprocessableEntity || a.text("#pour-faute") == "" {
		t.Errorf("for nobody: %d", a.status)
	}
	words.Set("pour", "Mme Delattre")
	if a := nadia.send(own+"/photos", words, phonePicture(t, 400, 300)); a.status != http.StatusSeeOther {
		t.Fatalf("sending: %d", a.status)
	}
	at := k.browser().do("GET", "/entreprises/"+delattre.String(), nil).attr(".photos a", "href")
	if history := strings.Join(amina.do("GET", own, nil).texts("#suivi ~ ul li"), ""); !strings.Contains(history, "pour Mme Delattre") {
		t.Errorf("history %q", history)
	}
	if a := k.browser().do("GET", strings.Replace(at, delattre.String(), brochard.String(), 1), nil); a.status != http.StatusNotFound {
		t.Errorf("under another firm: %d", a.status)
	}
	amina.do("POST", own+"/retrait", nil)
	if a := k.browser().do("GET", at, nil); a.status == http.StatusOK {
		t.Error("a firm that left still shows its picture")
	}
}
