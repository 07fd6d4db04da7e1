package web

import (
	"encoding/csv"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// The operator reads the record of acts and takes it away: it says who did
// what by ids, and nothing that tells who they are. Nobody else reads it.
func TestRecordPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina := k.speaker("amina@lys.fr", delattre)
		for range recordShown {
			if a := amina.do("POST", "/mon-espace/identite", url.Values{"prenom": {"Amina"}, "nom": {"Zouave"}}); a.status != 303 {
				t.Fatalf("names: %d", a.status)
			}
			amina.do("POST", "/mon-espace/identite", url.Values{"prenom": {"Amina"}, "nom": {"Zouavette"}})
		}
		if _, err := k.accounts.Add(t.Context(), account.Actor{Who: "operator", Channel: account.Command}, account.NewPerson{Mail: "odile@lys.fr", Duty: account.Duty{Role: account.Operator}}); err != nil {
			t.Fatal(err)
		}
		odile := k.browser().signIn("odile@lys.fr")
		seen := map[string]bool{}
		for page, n := "/exploitation/journal", 0; page != ""; n++ {
			a := odile.do("GET", page, nil)
			if a.status != 200 || n > 5 {
				t.Fatalf("%s: %d", page, a.status)
			}
			lines := a.texts("tbody tr")
			if len(lines) > recordShown {
				t.Errorf("%d acts on a page", len(lines))
			}
			for _, line := range lines {
				seen[line] = true
			}
			for _, word := range []string{"zouave", "amina@", "odile@"} {
				if strings.Contains(strings.ToLower(a.body), word) {
					t.Errorf("the record says %q", word)
				}
			}
			page = a.attr("p.after a", "href")
		}
		if len(seen) < 5 {
			t.Errorf("only %d lines were seen", len(seen))
		}
		file := odile.do("GET", "/exploitation/journal.csv", nil)
		read := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, "\ufeff")))
		read.Comma = ';'
		rows, err := read.ReadAll()
		if err != nil || len(rows) < recordShown {
			t.Errorf("the file has %d rows, %v", len(rows), err)
		}
		if a := odile.do("GET", "/exploitation/journal.xlsx", nil); a.status != 200 || !strings.HasPrefix(a.body, "PK") {
			t.Errorf("the workbook: %d", a.status)
		}
		if a := odile.do("GET", "/exploitation", nil); !strings.Contains(a.body, "Elle répond") {
			t.Error("the health of the database is not told")
		}
		for _, path := range []string{"/exploitation/journal", "/exploitation/journal.csv", "/exploitation/journal.xlsx"} {
			if a := amina.do("GET", path, nil); a.status != 403 && a.status != 404 {
				t.Errorf("a member reads %s: %d", path, a.status)
			}
		}
	})
}
