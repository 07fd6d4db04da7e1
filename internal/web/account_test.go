package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/match"
	"passerelle/internal/meeting"
	"passerelle/internal/pdf/pdftest"
	"passerelle/internal/picture"
	"passerelle/internal/profile"
	"passerelle/internal/register"
	"passerelle/internal/team"
	"passerelle/internal/visit"
)

// A desk is a house with people, and the letters it sent.
type desk struct {
	t         *testing.T
	site      http.Handler
	routes    []route
	unlisted  []string // methods and addresses that are in no table of permissions
	dir       string   // of the snapshots
	accounts  *account.Accounts
	directory *directory.Directory
	profiles  *profile.Profiles
	leads     *lead.Leads
	asked     []lead.Letter // about cooperations
	news      []lead.News   // about leads
	projects  *team.Projects
	invited   []team.Letter
	outbox    *mail.Outbox
	bookings  *booking.Bookings
	meetings  *meeting.Meetings
	visits    *visit.Visits
	visited   []visit.Letter
	clock     *clock.Held
	mu        sync.Mutex
	letters   []account.Letter
	needs     *exchange.Needs
	told      []exchange.NeedLetter

	introductions *exchange.Introductions
	answered      map[register.SIRET]match.Answered // by tests
	met           []exchange.IntroductionLetter

	invitations *meeting.Invitations
	invites     []meeting.InviteLetter
	thanks      *meeting.Thanks
}

// openDesk serves the tests' house on a database, reached by a base URL.
func openDesk(t *testing.T, database *db.DB, base string) *desk {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, residentsFiles(t)); err != nil {
		t.Fatal(err)
	}
	places, trades, words := directorytest.Places(t), directorytest.Trades(t), wordsOf(t)
	now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	d, err := directory.Open(context.Background(), directory.Config{Dir: dir, Places: places, Trades: trades, DB: database, Clock: now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	vocabulary, err := profile.Load()
	if err != nil {
		t.Fatal(err)
	}
	k := &desk{t: t, clock: now, outbox: &mail.Outbox{DB: database, Clock: now}, profiles: &profile.Profiles{DB: database, Clock: now, Vocabulary: vocabulary, Pictured: new(picture.Reader), Trades: trades, Tell: func(context.Context, *db.Tx, profile.LabelNews) error { return nil }, Secret: []byte("secret"), Over: d.ChangeIn, Laid: d.Overlay, Refresh: d.Refresh}}
	k.directory = d
	k.accounts = &account.Accounts{DB: database, Clock: now, Send: func(_ context.Context, _ *db.Tx, l account.Letter) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.letters = append(k.letters, l)
		return nil
	}}
	k.leads = &lead.Leads{DB: database, Clock: now, Secret: []byte("secret"), Send: func(_ context.Context, _ *db.Tx, l lead.Letter) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.asked = append(k.asked, l)
		return nil
	}}
	k.leads.Pictured = k.profiles.Pictured
	k.leads.Tell = func(_ context.Context, _ *db.Tx, n lead.News) (bool, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.news = append(k.news, n)
		return true, nil
	}
	k.needs = &exchange.Needs{DB: database, Clock: now, Directory: d, Places: places, Trades: trades, Secret: []byte("secret"), Send: func(_ context.Context, _ *db.Tx, l exchange.NeedLetter) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.told = append(k.told, l)
		return nil
	}}
	k.needs.Leads, k.needs.Over = k.leads, d.ChangeIn
	k.needs.MayAsk = func(context.Context, *db.Tx, string) (bool, error) { return true, nil }
	k.projects = &team.Projects{DB: database, Clock: now, Finder: &team.Finder{Directory: d, Trades: trades, Past: k.leads.Worked}, Leads: k.leads, Secret: []byte("secret"), Over: d.ChangeIn, Refresh: d.Refresh, Send: func(_ context.Context, _ *db.Tx, l team.Letter) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.invited = append(k.invited, l)
		return nil
	}}
	k.introductions = &exchange.Introductions{
		DB: database, Clock: now, Leads: k.leads, Secret: []byte("secret"), Firm: d.Establishment, Over: d.ChangeIn, Refresh: d.Refresh,
		Send: func(_ context.Context, _ *db.Tx, l exchange.IntroductionLetter) (bool, error) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.met = append(k.met, l)
			return true, nil
		},
		Withdraw: func(context.Context, *db.Tx, string) error { return nil },
	}
	address, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	if k.accounts.Ring, err = account.NewRing("Passerelle", address.Hostname(), base); err != nil {
		t.Fatal(err)
	}
	k.bookings = &booking.Bookings{DB: database, Clock: now, Secret: []byte("secret")}
	k.meetings = &meeting.Meetings{DB: database, Clock: now, Bookings: k.bookings}
	contacts := &contact.Contacts{DB: database, Clock: now, Directory: d, Places: places, Secret: []byte("secret")}
	k.inviteFrom(d, contacts, trades, places)
	k.visits = visitsOf(t, k.bookings, d)
	k.visits.Leads = k.leads
	k.leads.Shown = k.visits.Shown
	k.visits.Tell = func(_ context.Context, _ *db.Tx, l visit.Letter) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.visited = append(k.visited, l)
		return nil
	}
	s, err := NewServer(Config{
		Visits:        k.visits,
		Answered:      func(s register.SIRET) match.Answered { return k.answered[s] },
		Introductions: k.introductions, Verdicts: &exchange.Verdicts{DB: database, Clock: now},
		Invitations: k.invitations, Thanks: k.thanks, Bookings: k.bookings, Meetings: k.meetings, FormSecret: []byte("secret"),
		Teams: k.projects.Finder, Projects: k.projects,
		Contacts: contacts, Outbox: k.outbox, Needs: k.needs, Press: pdftest.Open(t), Directory: d, Partners: finderOf(t, d), Accounts: k.accounts, Leads: k.leads, Profiles: k.profiles, Places: places, Trades: trades, Catalogues: words, BaseURL: address, Log: log, Clock: now, Version: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	pages := &site{Server: s}
	k.site, k.routes, k.dir = s.Handler(), pages.routes(), dir
	for _, e := range s.endpoints() {
		k.unlisted = append(k.unlisted, e.method()+" /api/v1"+e.path)
	}
	for path := range pages.bare(assetFiles) {
		k.unlisted = append(k.unlisted, "GET "+path)
	}
	return k
}

// A browser keeps its cookies.
type browser struct {
	desk    *desk
	cookies map[string]*http.Cookie
}

func (k *desk) browser() *browser { return &browser{k, map[string]*http.Cookie{}} }

// do sends a request as a browser would, from a page of the site.
func (b *browser) do(method, path string, form url.Values) answer {
	b.desk.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if form != nil || method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.desk.site.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		b.desk.t.Fatal(err)
	}
	return answer{w.Code, w.Result().Header, w.Body.String(), root}
}

// signIn signs an address in by a link.
func (b *browser) signIn(mail string) *browser {
	b.desk.t.Helper()
	if a := b.do("POST", "/connexion", url.Values{"email": {mail}}); a.status != http.StatusSeeOther {
		b.desk.t.Fatalf("ask for a link: %d", a.status)
	}
	token := b.desk.letters[len(b.desk.letters)-1].Token
	if a := b.do("POST", "/connexion/lien/"+token, nil); a.status != http.StatusSeeOther {
		b.desk.t.Fatalf("use the link: %d", a.status)
	}
	return b
}

// as returns a browser in which somebody with a role is signed in.
func (k *desk) as(role account.Role) *browser {
	k.t.Helper()
	b := k.browser()
	if role == account.Visitor {
		return b
	}
	n := account.NewPerson{Mail: string(role) + "@maison.example", Duty: account.Duty{Role: role}}
	if role == account.Facilitator {
		n.Duty.Institution = account.CMA
	}
	token, err := k.accounts.Add(k.t.Context(), account.Actor{Who: "operator", Channel: account.Command}, n)
	if err != nil {
		k.t.Fatal(err)
	}
	if a := b.do("POST", "/connexion/lien/"+token, nil); a.status != http.StatusSeeOther {
		k.t.Fatalf("sign in as %s: %d", role, a.status)
	}
	return b
}

// Every route for every role: who may reaches it, who may not is refused or
// asked to sign in, and no page for one person is kept by a cache.
func TestRoutesByRole(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	k.provide()
	for _, role := range account.Roles() {
		for _, route := range k.routes {
			b := k.as(role)
			path := strings.NewReplacer("{$}", "", "{siret}", brochard.String(), "{slug}", "boulanger", "{token}", "none", "{id}", "none").Replace(route.path)
			a := b.do(route.method, path, nil)
			public := account.MayAny(nil, route.act)
			var p *account.Person
			if role != account.Visitor {
				p = &account.Person{ID: "x"}
				if role != account.Member {
					p.Duties = []account.Duty{{Role: role}}
				}
			}
			object := account.Object{SIRET: brochard, Territory: "artois"}
			if !strings.Contains(route.path, "{siret}") {
				object.Person = "x" // one's own
			}
			name := string(role) + " " + route.method + " " + route.path
			switch {
			case a.status >= 500:
				t.Errorf("%s: %d", name, a.status)
			case account.May(p, route.act, object) && (a.status == http.StatusForbidden || a.status == http.StatusUnauthorized):
				t.Errorf("%s: refused with %d", name, a.status)
			case !account.MayAny(p, route.act) && role == account.Visitor && !(a.status == http.StatusSeeOther && strings.HasPrefix(a.header.Get("Location"), "/connexion?")):
				t.Errorf("%s: %d to %q, want the sign-in page", name, a.status, a.header.Get("Location"))
			case !account.MayAny(p, route.act) && role != account.Visitor && a.status != http.StatusForbidden:
				t.Errorf("%s: %d, want 403", name, a.status)
			}
			if !public && a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: Cache-Control %q", name, a.header.Get("Cache-Control"))
			}
		}
	}
}

func TestSignInPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		b := k.browser()
		a := b.do("GET", "/mon-espace/donnees", nil)
		if a.status != http.StatusSeeOther || a.header.Get("Location") != "/connexion?suite=%2Fmon-espace%2Fdonnees" {
			t.Fatalf("a visitor is led to %d %q", a.status, a.header.Get("Location"))
		}
		a = b.do("GET", "/connexion?suite=%2Fmon-espace%2Fdonnees", nil)
		if got := a.attr("input[name=suite]", "value"); got != "/mon-espace/donnees" {
			t.Errorf("the form goes on to %q", got)
		}
		known := b.do("POST", "/connexion", url.Values{"email": {"amina@lys.fr"}, "suite": {"/mon-espace/donnees"}})
		if known.status != http.StatusSeeOther || known.header.Get("Location") != "/connexion/courriel" {
			t.Fatalf("asking: %d %q", known.status, known.header.Get("Location"))
		}
		letter := k.letters[0]
		for range 2 {
			if a := b.do("GET", "/connexion/lien/"+letter.Token, nil); a.status != 200 || !strings.Contains(a.body, "amina@lys.fr") || a.header.Get("Referrer-Policy") != "no-referrer" {
				t.Fatalf("the link's page: %d", a.status)
			}
		}
		// Another browser than the one that asked.
		phone := k.browser()
		a = phone.do("POST", "/connexion/lien/"+letter.Token, nil)
		if a.status != http.StatusSeeOther || a.header.Get("Location") != "/mon-espace/donnees" {
			t.Fatalf("using the link: %d %q", a.status, a.header.Get("Location"))
		}
		c := phone.cookies["__Host-passerelle"]
		if c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Fatalf("cookie %+v", c)
		}
		if a := phone.do("GET", "/mon-espace/donnees", nil); a.status != 200 || !strings.Contains(a.body, "amina@lys.fr") {
			t.Errorf("own data: %d", a.status)
		}
		if a := phone.do("GET", "/connexion", nil); a.status != http.StatusSeeOther || a.header.Get("Location") != "/mon-espace" {
			t.Errorf("signing in twice: %d %q", a.status, a.header.Get("Location"))
		}
		if a := b.do("GET", "/connexion/lien/"+letter.Token, nil); a.status != http.StatusGone {
			t.Errorf("a used link: %d", a.status)
		}
		if a := phone.do("POST", "/deconnexion", nil); a.status != http.StatusSeeOther || len(phone.cookies) != 0 {
			t.Errorf("leaving: %d, %v", a.status, phone.cookies)
		}
		again := b.do("POST", "/connexion", url.Values{"email": {"amina@lys.fr"}})
		stranger := b.do("POST", "/connexion", url.Values{"email": {"nobody@lys.fr"}})
		if again.status != stranger.status || again.body != stranger.body || again.header.Get("Location") != stranger.header.Get("Location") {
			t.Errorf("a known and an unknown address are answered differently")
		}
	})
}

func TestSignInFaults(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost:8080")
	b := k.browser()
	for mail, want := range map[string]string{"": "Il manque l’adresse", "nadege@": "après « @ »", "nadege": "Il manque le « @ »", "@lys.fr": "avant « @ »", "nadege@lys": "ne peut pas recevoir"} {
		a := b.do("POST", "/connexion", url.Values{"email": {mail}, "suite": {"//ailleurs.example"}})
		if a.status != http.StatusUnprocessableEntity || a.attr("#email", "value") != mail || a.attr("#email", "aria-invalid") != "true" || a.attr(".summary a", "href") != "#email" {
			t.Errorf("%q: %d, value %q", mail, a.status, a.attr("#email", "value"))
		}
		if got := strings.Join(a.texts("#email-faute"), ""); !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", mail, got, want)
		}
		if strings.Contains(a.body, "ailleurs.example") {
			t.Errorf("%q: the form leads astray", mail)
		}
	}
	for range 5 {
		b.do("POST", "/connexion", url.Values{"email": {"amina@lys.fr"}})
	}
	if a := b.do("POST", "/connexion", url.Values{"email": {"amina@lys.fr"}}); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") == "" {
		t.Errorf("the sixth: %d, Retry-After %q", a.status, a.header.Get("Retry-After"))
	}
	if c := k.browser().signIn("jean@lys.fr").cookies["passerelle"]; c == nil || c.Secure {
		t.Errorf("over http the cookie is %+v", c)
	}
	r := httptest.NewRequest("POST", "/connexion", strings.NewReader("email=x@lys.fr"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	k.site.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Errorf("sent from another site: %d", w.Code)
	}
}

// One browser cannot end the session of another person.
func TestSessionsAreOnesOwn(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	amina, jean := k.browser().signIn("amina@lys.fr"), k.browser().signIn("jean@lys.fr")
	hers := amina.do("GET", "/mon-espace/donnees", nil).attr(".sessions form", "action")
	if a := jean.do("POST", hers, nil); a.status != http.StatusNotFound {
		t.Errorf("Jean ends Amina's session: %d", a.status)
	}
	if a := amina.do("GET", "/mon-espace", nil); a.status != 200 {
		t.Errorf("Amina was put out: %d", a.status)
	}
	if a := amina.do("POST", hers, nil); a.status != http.StatusSeeOther {
		t.Errorf("Amina ends it: %d", a.status)
	}
	if a := amina.do("GET", "/mon-espace", nil); a.status != http.StatusSeeOther {
		t.Errorf("still in: %d", a.status)
	}
}

// Opening the link of a mail changes nothing; pressing the button of a mail
// program ends all but answers, without a cookie; a wrong link is none.
func TestUnsubscribe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina := k.browser().signIn("amina@lys.fr")
		if a := amina.do("GET", "/mon-espace/preferences", nil); a.status != 200 || len(a.texts("#digest[checked]")) != 1 {
			t.Fatalf("preferences: %d", a.status)
		}
		if a := amina.do("POST", "/mon-espace/preferences", url.Values{"digest": {"1"}}); a.status != http.StatusSeeOther {
			t.Fatalf("choosing: %d", a.status)
		}
		read := func() mail.Preference {
			t.Helper()
			pref, err := k.outbox.Preference(t.Context(), idOf(t, k, "amina@lys.fr"))
			if err != nil {
				t.Fatal(err)
			}
			return pref
		}
		p := read()
		if !p.Digest || p.Solicitation {
			t.Errorf("chosen: %+v", p)
		}
		link := "/ne-plus-recevoir/" + p.Token
		if a := k.browser().do("GET", link, nil); a.status != 200 || a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("opening it: %d", a.status)
		}
		if p = read(); !p.Digest {
			t.Error("opening the link ended the summary")
		}
		r := httptest.NewRequest("POST", link, strings.NewReader("List-Unsubscribe=One-Click"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		k.site.ServeHTTP(w, r)
		if p = read(); w.Code != 200 || p.Digest || p.Solicitation {
			t.Errorf("one click: %d, %+v", w.Code, p)
		}
		if a := k.browser().do("POST", "/preferences/"+p.Token, url.Values{"digest": {"1"}}); a.status != http.StatusSeeOther || !read().Digest {
			t.Errorf("by the link, without signing in: %d", a.status)
		}
		for _, method := range []string{"GET", "POST"} {
			if a := k.browser().do(method, "/ne-plus-recevoir/none", nil); a.status != http.StatusNotFound {
				t.Errorf("%s of a wrong link: %d", method, a.status)
			}
		}
	})
}

// idOf returns the id of who has an address.
func idOf(t *testing.T, k *desk, address string) string {
	t.Helper()
	token, err := k.accounts.Add(t.Context(), account.Actor{Who: "operator", Channel: account.Command}, account.NewPerson{Mail: address})
	if err != nil {
		t.Fatal(err)
	}
	e, err := k.accounts.Enter(t.Context(), token, account.Device{})
	if err != nil {
		t.Fatal(err)
	}
	return e.Person.ID
}
