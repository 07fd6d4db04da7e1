package web

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// hostile is a text as somebody who means harm would have it stored.
const hostile = "=CMD|'/C calc'!A0\"'><img src=x onerror=alert(1)><script>alert(2)</script>]]>{{7*7}}#eval(1)\r\nX-EVIL: 1\r\nBEGIN:VALARM"

// freeTexts are the columns that hold what people write.
var freeTexts = map[string][]string{
	"booking": {"name", "phone"}, "claim": {"reason"}, "contact": {"firm", "given_name", "family_name", "role", "phone"}, "contact_origin": {"source", "note"},
	"introduction": {"words"}, "introduction_message": {"words"}, "lead": {"title", "words", "next_step"}, "lead_change": {"note"}, "meeting": {"title", "words"},
	"need": {"title", "words", "unit", "reason"}, "need_interest": {"words"}, "need_question": {"words", "answer"}, "person": {"given_name", "family_name", "phone"},
	"pool_offer": {"supplier", "note"}, "profile_label": {"reason"}, "profile_picture": {"alt"}, "team": {"title", "words"},
	"visit_offer": {"title"}, "visit_takeaway": {"saw", "takes", "goes_on", "signed"}, "visit_wish": {"words", "name"},
}

// HARDCASES 42, 44: whatever came to stand in a table, by a form, an import or
// the database itself, does nothing at any exit: no page runs it, no
// spreadsheet computes it, no agenda, feed or document takes it for its own
// signs.
func TestHardCase44StoredTextsDoNothingAtAnyExit(t *testing.T) {
	c := openCrowd(t, dbtest.SQLite(t)) // what is shown is the same on both engines
	if err := c.outbox.DB.Write(t.Context(), func(tx *db.Tx) error {
		for table, columns := range freeTexts {
			for _, column := range columns {
				if _, err := tx.Exec(t.Context(), `UPDATE `+table+` SET `+column+` = $1`, hostile); err != nil {
					return err
				}
			}
		}
		escaped, err := json.Marshal(hostile)
		if err != nil {
			return err
		}
		for _, at := range [][2]string{{"profile", "content"}, {"visit_offer", "terms"}} {
			if _, err := tx.Exec(t.Context(), `UPDATE `+at[0]+` SET `+at[1]+` = replace(`+at[1]+`, 'zouave', $1)`, strings.Trim(string(escaped), `"`)); err != nil {
				return err
			}
		}
		_, err = tx.Exec(t.Context(), `UPDATE profile_label SET web = 'javascript:alert(1)'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	stood := map[string]bool{}
	for route, list := range exits {
		for _, exit := range list {
			name, path, _ := strings.Cut(c.address(exit), ": ")
			if path == "/api/v1/teams" {
				continue
			}
			a := c.who[name].do("GET", path, nil)
			if a.status >= 500 {
				t.Errorf("%s: %d", route, a.status)
				continue
			}
			kind := a.header.Get("Content-Type")
			text := c.textOf(t, kind, a.body)
			if strings.Contains(text, "alert(1)") {
				stood[route] = true
			}
			if strings.Contains(kind, "spreadsheetml") && strings.Contains(text, "<f>") {
				t.Errorf("%s: a formula", route)
			}
			if fault := harm(kind, a.body); fault != "" {
				t.Errorf("%s as %s: %s", route, exit, fault)
			}
			for key, values := range a.header {
				if strings.ContainsAny(strings.Join(values, ""), "\r\n") {
					t.Errorf("%s: header %s is broken", route, key)
				}
			}
		}
	}
	if len(stood) < 35 {
		t.Errorf("it stands at %d exits only: %v", len(stood), stood)
	}
}

// harm tells what a hostile text does in an answer, empty for nothing.
func harm(kind, body string) string {
	switch {
	case strings.HasPrefix(kind, "text/html"):
		root, err := html.Parse(strings.NewReader(body))
		if err != nil {
			return err.Error()
		}
		return harmIn(root)
	case strings.HasPrefix(kind, "text/csv"):
		r := csv.NewReader(strings.NewReader(strings.TrimPrefix(body, "\ufeff")))
		r.Comma, r.FieldsPerRecord = ';', -1
		rows, err := r.ReadAll()
		if err != nil {
			return err.Error()
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=@\t\r", rune(cell[0])) {
					return "a spreadsheet computes " + cell
				}
			}
		}
	case strings.HasPrefix(kind, "text/calendar"):
		for line := range strings.SplitSeq(strings.ReplaceAll(body, "\r\n ", ""), "\r\n") {
			if strings.HasPrefix(line, "X-EVIL") || strings.ContainsAny(line, "\r\n") {
				return "a line of its own: " + line
			}
		}
	case strings.Contains(kind, "spreadsheetml"): // looked at without its wrapping
	case strings.Contains(kind, "xml"):
		d := xml.NewDecoder(strings.NewReader(body))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				return ""
			}
			if err != nil {
				return err.Error()
			}
			if e, ok := token.(xml.StartElement); ok && (e.Name.Local == "script" || e.Name.Local == "img") {
				return "an element <" + e.Name.Local + ">"
			}
		}
	case strings.Contains(kind, "json"):
		if !json.Valid([]byte(body)) || strings.Contains(body, "<script>") {
			return "JSON that is none, or that a page would run"
		}
	}
	return ""
}

func harmIn(n *html.Node) string {
	if n.Type == html.ElementNode {
		if n.Data == "script" && n.FirstChild != nil && strings.Contains(n.FirstChild.Data, "<script>alert") || n.Data == "script" && n.FirstChild != nil && strings.HasPrefix(n.FirstChild.Data, "alert") {
			return "a script runs it"
		}
		for _, a := range n.Attr {
			value := strings.ToLower(strings.TrimSpace(a.Val))
			if strings.HasPrefix(a.Key, "on") {
				return "an attribute " + a.Key
			}
			if strings.HasPrefix(value, "javascript:") && a.Key != "value" {
				return a.Key + " leads to " + value
			}
		}
		if n.Data == "img" {
			for _, a := range n.Attr {
				if a.Key == "src" && a.Val == "x" {
					return "its picture"
				}
			}
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if fault := harmIn(child); fault != "" {
			return fault
		}
	}
	return ""
}
