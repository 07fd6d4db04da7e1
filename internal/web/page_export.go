package web

import (
	"net/http"
	"net/url"
	"strconv"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/locale"
	"passerelle/internal/sheet"
	"passerelle/internal/trade"
)

// The kinds of files that people take away.
const (
	csvType  = "text/csv; charset=utf-8"
	xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

func writeCSV(w http.ResponseWriter, t sheet.Table) error  { return sheet.WriteCSV(w, t) }
func writeXLSX(w http.ResponseWriter, t sheet.Table) error { return sheet.WriteXLSX(w, t) }

// exportRows bounds an export. The page says so beside the link.
const exportRows = query.MaxDepth

// export answers with the results as a file, in the order of the page.
// Masked natural persons are left out: a file leaves the house and outlives a
// change of mind.
func (s *site) export(contentType, extension string, write func(http.ResponseWriter, sheet.Table) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		l := s.words(r)
		v, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return &query.ParamError{Param: "?", Value: cut(r.URL.RawQuery, 40), Key: "value"}
		}
		q, err := query.Parse(v, s.config.Directory.Terms())
		if err != nil {
			return err
		}
		q.Page, q.PerPage = 1, exportRows
		found, err := s.config.Directory.Search(q, directory.ByWorld)
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Disposition", `attachment; filename="passerelle-`+string(found.AsOf)+extension+`"`)
		h.Set("X-Robots-Tag", "noindex")
		return write(w, s.table(l, &found))
	}
}

// table is the results as rows; the head is the same in every export.
func (s *site) table(l *locale.Language, found *directory.Result) sheet.Table {
	t := sheet.Table{Title: l.T("export.title")}
	for _, key := range exportHead {
		t.Head = append(t.Head, l.T(key))
	}
	t.Rows = func(yield func([]sheet.Cell) bool) {
		for i := range found.Hits {
			if h := &found.Hits[i]; h.Mask != directory.MaskedPerson && !yield(s.row(l, h)) {
				return
			}
		}
	}
	return t
}

var exportHead = []string{
	"export.siret", "export.name", "export.sign", "export.worlds", "export.certainty", "export.source", "export.as_of", "export.trade",
	"export.nafa", "export.naf", "export.sector", "export.family", "export.labels", "export.size", "export.street", "export.postcode",
	"export.commune", "export.insee", "export.territory", "export.lat", "export.lon", "export.position", "export.distance",
}

func (s *site) row(l *locale.Language, h *directory.Hit) []sheet.Cell {
	commune, _ := s.config.Places.Commune(h.Commune)
	territory, _ := s.config.Places.Territory(h.Territory)
	row := []sheet.Cell{h.SIRET.String(), h.Name, h.Sign, l.T("world." + worldOf(&h.Establishment))}
	if len(h.Claims) > 0 {
		c := h.Claims[0]
		row = append(row, l.T("claim.short."+string(c.Certainty)), sourceName(l, c.Source), c.AsOf)
	} else {
		row = append(row, nil, nil, nil)
	}
	var sector, family string
	if h.Sector != "" {
		sector = l.T("sector." + string(h.Sector))
	}
	if h.Family != "" {
		family = l.T("family.one." + string(h.Family))
	}
	row = append(row, s.activity(l, &h.Establishment), h.NAFA, h.NAF, sector, family, s.labelNames(l, &h.Establishment),
		trade.SizeLabel(h.Size, l.Code()), h.Street, h.Postcode, commune.Name, h.Commune, territory.Name)
	if h.Precision == directory.Nowhere {
		row = append(row, nil, nil, nil)
	} else {
		row = append(row, h.Point.Lat, h.Point.Lon, l.T("position."+string(h.Precision)))
	}
	if h.Distance < 0 {
		return append(row, nil)
	}
	return append(row, kilometres(h.Distance))
}

// kilometres rounds a distance to ten metres.
func kilometres(meters float64) float64 {
	f, err := strconv.ParseFloat(strconv.FormatFloat(meters/1000, 'f', 2, 64), 64)
	if err != nil {
		return meters / 1000
	}
	return f
}

func (s *site) labelNames(l *locale.Language, e *directory.Establishment) string {
	var out string
	for _, slug := range labelsOf(e) {
		if out != "" {
			out += ", "
		}
		out += s.labelName(l, slug)
	}
	return out
}
