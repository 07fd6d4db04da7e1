package web

import (
	"net/http"
	"net/url"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// leadsShown is how many leads a page shows; onBoard, how many a stage of the
// board does.
const (
	leadsShown = 50
	onBoard    = 30
)

// A leadsPage lists the leads of a facilitator's territories, or sets them out
// by stage: the same content.
type leadsPage struct {
	frame
	Crumbs      []crumb
	Stages      []tab
	Territory   input
	Stage       string
	Rows        []leadRow
	Columns     []leadColumn // of the board, nil for the list
	N           int
	Next        string // address of the next page
	ListPath    string
	BoardPath   string
	CSV, XLSX   string
	Territories bool // there is more than one to choose from
}

// A tab is one of some views of the same things.
type tab struct {
	Name, Path string
	N          int
	On         bool
}

// A leadColumn is a stage of the board.
type leadColumn struct {
	Name string
	N    int
	Rows []leadRow
	More string // address of the rest, empty when all are shown
}

// A leadRow is a lead in a list.
type leadRow struct {
	Title, Path, Stage, Next, Owner, Territory string
	Due                                        clock.Day
	Overdue                                    bool
	Parties                                    []firm
	Words                                      string
}

// leadFilter reads which leads are asked for.
func leadFilter(v url.Values, who *account.Signed) lead.Filter {
	f := lead.Filter{Territories: who.Person.Territories, Mine: who.Person.ID, After: cut(v.Get("apres"), 60)}
	if s := lead.Stage(v.Get("etape")); slices.Contains(lead.Stages(), s) {
		f.Stage = s
	}
	if t := v.Get("territoire"); t != "" && (len(f.Territories) == 0 || slices.Contains(f.Territories, t)) {
		f.Territories, f.Mine = []string{t}, ""
	}
	return f
}

func (s *site) leads(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l, v := s.words(r), r.URL.Query()
	f := leadFilter(v, who)
	p := &leadsPage{frame: s.frame(r, "/mon-espace", l.T("leads.title")), Stage: string(f.Stage)}
	p.Crumbs, p.NoIndex = s.deskCrumbs(l, crumb{Name: l.T("leads.title")}), true
	counts, err := s.config.Leads.Counts(r.Context(), f)
	if err != nil {
		return err
	}
	q := url.Values{}
	if t := v.Get("territoire"); t != "" {
		q.Set("territoire", t)
	}
	p.Stages, p.N = stageTabs(l, q, f.Stage, counts)
	p.Territory = s.territoryChoice(l, who, v.Get("territoire"))
	p.Territories = len(p.Territory.Options) > 2
	with := func(path, name, value string) string {
		w := url.Values{name: {value}}
		for k := range q {
			w.Set(k, q.Get(k))
		}
		if f.Stage != "" && name != "etape" {
			w.Set("etape", string(f.Stage))
		}
		if value == "" {
			w.Del(name)
		}
		if len(w) == 0 {
			return path
		}
		return path + "?" + w.Encode()
	}
	p.ListPath, p.BoardPath = with("/pistes", "vue", ""), with("/pistes", "vue", "tableau")
	p.CSV, p.XLSX = with("/pistes.csv", "vue", ""), with("/pistes.xlsx", "vue", "")
	if v.Get("vue") == "tableau" && f.Stage == "" {
		for _, stage := range lead.Stages() {
			if !stage.Open() {
				continue
			}
			f.Stage, f.Limit, f.After = stage, onBoard, ""
			list, next, err := s.config.Leads.Leads(r.Context(), f)
			if err != nil {
				return err
			}
			c := leadColumn{Name: l.T("lead.stage." + string(stage)), N: counts[stage], Rows: s.leadRows(r, list)}
			if next != "" {
				c.More = with("/pistes", "etape", string(stage))
			}
			p.Columns = append(p.Columns, c)
		}
		return s.show(w, http.StatusOK, "lead/leads", p)
	}
	f.Limit = leadsShown
	list, next, err := s.config.Leads.Leads(r.Context(), f)
	if err != nil {
		return err
	}
	if p.Rows = s.leadRows(r, list); next != "" {
		p.Next = with("/pistes", "apres", next)
	}
	return s.show(w, http.StatusOK, "lead/leads", p)
}

// stageTabs are the stages to choose from, and how many leads are shown.
func stageTabs(l *locale.Language, q url.Values, on lead.Stage, counts map[lead.Stage]int) ([]tab, int) {
	at := func(stage lead.Stage) string {
		w := url.Values{}
		for k := range q {
			w.Set(k, q.Get(k))
		}
		if stage != "" {
			w.Set("etape", string(stage))
		}
		if len(w) == 0 {
			return "/pistes"
		}
		return "/pistes?" + w.Encode()
	}
	all := tab{Name: l.T("leads.open"), Path: at(""), On: on == ""}
	tabs := []tab{{}}
	for _, stage := range lead.Stages() {
		if stage.Open() {
			all.N += counts[stage]
		}
		tabs = append(tabs, tab{Name: l.T("lead.stage." + string(stage)), Path: at(stage), N: counts[stage], On: stage == on})
	}
	tabs[0] = all
	if on != "" {
		return tabs, counts[on]
	}
	return tabs, all.N
}

// territoryChoice lets a facilitator choose one of their territories.
func (s *site) territoryChoice(l *locale.Language, who *account.Signed, chosen string) input {
	i := input{Name: "territoire", Label: l.T("leads.territory"), Options: []option{{Name: l.T("leads.all_territories"), Chosen: chosen == ""}}}
	for _, slug := range s.territorySlugs() {
		if len(who.Person.Territories) > 0 && !slices.Contains(who.Person.Territories, slug) {
			continue
		}
		t, _ := s.config.Places.Territory(slug)
		i.Options = append(i.Options, option{Value: slug, Name: t.Name, Chosen: slug == chosen})
	}
	return i
}

func (s *site) leadRows(r *http.Request, list []*lead.Lead) []leadRow {
	l, rows := s.words(r), make([]leadRow, len(list))
	for i, one := range list {
		t, _ := s.config.Places.Territory(one.Territory)
		rows[i] = leadRow{
			Title: one.Title, Path: "/pistes/" + one.ID, Stage: l.T("lead.stage." + string(one.Stage)), Next: one.Next, Owner: s.nameOf(r, one.Owner), Territory: t.Name,
			Words: one.Words, Due: one.Due, Overdue: one.Overdue(clock.Day(s.today())),
		}
		for _, siret := range one.Parties {
			rows[i].Parties = append(rows[i].Parties, s.firmOf(r, siret))
		}
	}
	return rows
}

// nameOf names a person; nothing for one who is gone.
func (s *site) nameOf(r *http.Request, id string) string {
	if id == "" {
		return ""
	}
	p, err := s.config.Accounts.Person(r.Context(), id)
	if err != nil {
		return ""
	}
	return p.Name()
}

// leadsFile gives the leads away as a file, all that the filter asks for.
func (s *site) leadsFile(contentType, extension string, write func(http.ResponseWriter, sheet.Table) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
		l := s.words(r)
		list, _, err := s.config.Leads.Leads(r.Context(), leadFilter(r.URL.Query(), who))
		if err != nil {
			return err
		}
		t := sheet.Table{Title: l.T("leads.title")}
		for _, key := range []string{"lead.title", "lead.stage_label", "lead.next", "lead.due", "lead.owner", "leads.territory", "lead.parties", "lead.words", "lead.created"} {
			t.Head = append(t.Head, l.T(key))
		}
		rows := s.leadRows(r, list)
		t.Rows = func(yield func([]sheet.Cell) bool) {
			for i, row := range rows {
				var due sheet.Cell
				if row.Due != "" {
					due = row.Due
				}
				if !yield([]sheet.Cell{row.Title, row.Stage, row.Next, due, row.Owner, row.Territory, s.partyNames(list[i].Parties), list[i].Words, list[i].CreatedAt}) {
					return
				}
			}
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="pistes-`+s.today()+extension+`"`)
		return write(w, t)
	}
}

// partyNames names establishments in a file: a masked person is left out of
// what leaves the house.
func (s *site) partyNames(list []register.SIRET) string {
	var out string
	for _, siret := range list {
		e, err := s.config.Directory.Establishment(siret)
		if err != nil || e.Mask == directory.MaskedPerson {
			continue
		}
		if out != "" {
			out += ", "
		}
		out += e.Title() + " (" + siret.String() + ")"
	}
	return out
}
