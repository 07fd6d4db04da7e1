package web

import (
	"net/http"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/locale"
	"passerelle/internal/sheet"
)

// A recordPage is the record of acts, as the operator reads it: ids, acts and
// names of fields, never a value, a name or an address.
type recordPage struct {
	frame
	Crumbs []crumb
	Acts   []recordLine
	More   string // address of what comes before
	Most   int    // acts of a file
}

// A recordLine is an act of the house.
type recordLine struct{ At, What, Kind, Object, Who, For, How, Fields string }

// How many acts a page and a file have.
const (
	recordShown = 50
	recordTaken = 10_000
)

func recordLineOf(l *locale.Language, a account.Recorded) recordLine {
	return recordLine{
		At: l.Moment(a.At), What: l.T("act." + a.Act), Kind: a.Kind, Object: a.Object, Who: a.By.Who, For: a.By.For,
		How: l.T("channel." + string(a.By.Channel)), Fields: strings.Join(a.Fields, ", "),
	}
}

func (s *site) record(w http.ResponseWriter, r *http.Request, _ *account.Signed) error {
	l := s.words(r)
	acts, err := s.config.Accounts.AllActs(r.Context(), r.URL.Query().Get("avant"), recordShown+1)
	if err != nil {
		return err
	}
	p := &recordPage{frame: s.frame(r, "/mon-espace", l.T("operation.record")), Most: recordTaken}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("operation.title"), Path: "/exploitation"}, {Name: l.T("operation.record")}}
	p.Path, p.NoIndex = "/exploitation/journal", true
	if len(acts) > recordShown {
		acts = acts[:recordShown]
		p.More = hrefIn(l.Code(), p.Path) + "?avant=" + acts[recordShown-1].ID
	}
	for _, a := range acts {
		p.Acts = append(p.Acts, recordLineOf(l, a))
	}
	return s.show(w, http.StatusOK, "operation/record", p)
}

// recordFile gives the last acts away as a file.
func (s *site) recordFile(contentType, extension string, write func(http.ResponseWriter, sheet.Table) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, _ *account.Signed) error {
		l := s.words(r)
		acts, err := s.config.Accounts.AllActs(r.Context(), "", recordTaken)
		if err != nil {
			return err
		}
		t := sheet.Table{Title: l.T("operation.record")}
		for _, key := range []string{"own.when", "own.what", "record.kind", "record.object", "record.who", "record.for", "own.how", "record.fields"} {
			t.Head = append(t.Head, l.T(key))
		}
		t.Rows = func(yield func([]sheet.Cell) bool) {
			for _, a := range acts {
				v := recordLineOf(l, a)
				if !yield([]sheet.Cell{a.At, v.What, v.Kind, v.Object, v.Who, v.For, v.How, v.Fields}) {
					return
				}
			}
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="journal-`+s.today()+extension+`"`)
		return write(w, t)
	}
}
