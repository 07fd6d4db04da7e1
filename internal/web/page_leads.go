package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/fold"
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
	Crumbs    []crumb
	Stages    []tab
	Filters   []input
	Overdue   bool
	Hidden    []field // of the form of the filters: what it does not choose
	Chosen    bool    // something is filtered by
	Clear     string  // address without filters
	Stage     string
	Rows      []leadRow
	Columns   []leadColumn // of the board, nil for the list
	N         int
	Next      string // address of the next page
	ListPath  string
	BoardPath string
	CSV, XLSX string
	Hand      input  // to whom the chosen ones are given
	Back      string // what the list was filtered by, for the way back
	Handed    []string
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
	ID, Title, Path, Stage, Next, Owner, Territory string
	Due                                            clock.Day
	Overdue                                        bool
	Parties                                        []firm
	Words, Axis, From                              string
}

// leadFilter reads which leads are asked for, and returns with it the part of
// the address that says so: the stage, the page and the view apart.
func (s *site) leadFilter(v url.Values, who *account.Signed) (lead.Filter, url.Values) {
	f, q := lead.Filter{Territories: who.Person.Territories, Mine: who.Person.ID, After: cut(v.Get("apres"), 60)}, url.Values{}
	if stage := lead.Stage(v.Get("etape")); slices.Contains(lead.Stages(), stage) {
		f.Stage = stage
	}
	if t := v.Get("territoire"); t != "" && (len(f.Territories) == 0 || slices.Contains(f.Territories, t)) {
		f.Territories, f.Mine = []string{t}, ""
		q.Set("territoire", t)
	}
	if owner := cut(v.Get("responsable"), 60); owner != "" {
		f.Owner = owner
		q.Set("responsable", owner)
	}
	if kind := v.Get("origine"); slices.Contains(lead.OriginKinds(), kind) {
		f.Origin.Kind = kind
		q.Set("origine", kind)
	}
	if axis := v.Get("axe"); slices.Contains(lead.Axes(), axis) {
		f.Axis = axis
		q.Set("axe", axis)
	}
	if v.Get("retard") != "" {
		f.Overdue = clock.Day(s.today())
		q.Set("retard", "1")
	}
	return f, q
}

// leadFilters are the fields by which leads are filtered.
func (s *site) leadFilters(r *http.Request, who *account.Signed, f *lead.Filter, q url.Values) ([]input, error) {
	l := s.words(r)
	var list []input
	if place := s.territoryChoice(l, who, q.Get("territoire")); len(place.Options) > 2 {
		list = append(list, place)
	}
	owner := input{Name: "responsable", Label: l.T("lead.owner"), Options: []option{{Name: l.T("leads.anybody")}, {Value: lead.Nobody, Name: l.T("lead.nobody"), Chosen: f.Owner == lead.Nobody}}}
	staff, err := s.near(r, who)
	if err != nil {
		return nil, err
	}
	for _, p := range staff {
		owner.Options = append(owner.Options, option{Value: p.ID, Name: p.Name(), Chosen: p.ID == f.Owner})
	}
	of := input{Name: "origine", Label: l.T("lead.from"), Options: []option{{Name: l.T("leads.anywhere")}}}
	for _, kind := range lead.OriginKinds() {
		of.Options = append(of.Options, option{Value: kind, Name: l.T("lead.origin." + kind), Chosen: kind == f.Origin.Kind})
	}
	axis := axisChoice(l, f.Axis)
	axis.Name, axis.Hint, axis.Options[0].Name = "axe", "", l.T("leads.any_axis")
	return append(list, owner, of, axis), nil
}

// axisChoice offers what a lead may serve.
func axisChoice(l *locale.Language, chosen string) input {
	i := input{Name: "axis", Label: l.T("lead.axis_label"), Hint: l.T("lead.axis_hint"), Options: []option{{Name: l.T("lead.no_axis")}}}
	for _, axis := range lead.Axes() {
		i.Options = append(i.Options, option{Value: axis, Name: l.T("lead.axis." + axis), Chosen: axis == chosen})
	}
	return i
}

// near returns the facilitators of the territories of one of them, by name.
func (s *site) near(r *http.Request, who *account.Signed) ([]*account.Person, error) {
	staff, err := s.config.Accounts.Staff(r.Context())
	if err != nil {
		return nil, err
	}
	mine := who.Person.Territories
	staff = slices.DeleteFunc(staff, func(p *account.Person) bool {
		shared := len(mine) == 0 || len(p.Territories) == 0 || slices.ContainsFunc(p.Territories, func(t string) bool { return slices.Contains(mine, t) })
		return !p.Is(account.Facilitator) || !shared
	})
	slices.SortFunc(staff, func(a, b *account.Person) int { return strings.Compare(fold.Key(a.Name()), fold.Key(b.Name())) })
	return staff, nil
}

func (s *site) leads(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l, v := s.words(r), r.URL.Query()
	f, q := s.leadFilter(v, who)
	p := &leadsPage{frame: s.frame(r, "/mon-espace", l.T("leads.title")), Stage: string(f.Stage), Chosen: len(q) > 0, Overdue: f.Overdue != "", Handed: s.handedWords(l, v)}
	p.Crumbs, p.NoIndex = s.deskCrumbs(l, crumb{Name: l.T("leads.title")}), true
	counts, err := s.config.Leads.Counts(r.Context(), f)
	if err != nil {
		return err
	}
	p.Stages, p.N = stageTabs(l, q, f.Stage, counts)
	if p.Filters, err = s.leadFilters(r, who, &f, q); err != nil {
		return err
	}
	at := func(path string, more ...string) string {
		w := url.Values{}
		maps.Copy(w, q)
		if f.Stage != "" {
			w.Set("etape", string(f.Stage))
		}
		for n := 0; n+1 < len(more); n += 2 {
			w.Set(more[n], more[n+1])
		}
		if len(w) == 0 {
			return path
		}
		return path + "?" + w.Encode()
	}
	p.ListPath, p.BoardPath, p.CSV, p.XLSX = at("/pistes"), at("/pistes", "vue", "tableau"), at("/pistes.csv"), at("/pistes.xlsx")
	board := v.Get("vue") == "tableau" && f.Stage == ""
	rest := url.Values{}
	if board {
		rest.Set("vue", "tableau")
	}
	if f.Stage != "" {
		rest.Set("etape", p.Stage)
	}
	p.Hidden, p.Clear = fields(rest), "/pistes"
	if len(rest) > 0 {
		p.Clear += "?" + rest.Encode()
	}
	if board {
		for _, stage := range lead.Stages() {
			if !stage.Open() {
				continue
			}
			one := f
			one.Stage, one.Limit, one.After = stage, onBoard, ""
			list, next, err := s.config.Leads.Leads(r.Context(), one)
			if err != nil {
				return err
			}
			c := leadColumn{Name: l.T("lead.stage." + string(stage)), N: counts[stage], Rows: s.leadRows(r, list)}
			if next != "" {
				c.More = at("/pistes", "etape", string(stage))
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
		p.Next = at("/pistes", "apres", next)
	}
	_, p.Back, _ = strings.Cut(p.ListPath, "?")
	if f.Stage.Open() && len(list) > 0 {
		if p.Hand, err = s.handChoice(r, who); err != nil {
			return err
		}
	}
	return s.show(w, http.StatusOK, "lead/leads", p)
}

// handChoice offers the facilitators to whom leads may be given.
func (s *site) handChoice(r *http.Request, who *account.Signed) (input, error) {
	l := s.words(r)
	i := input{Name: "a", Label: l.T("leads.hand_to"), Options: []option{{Name: l.T("leads.hand_choose")}}}
	staff, err := s.near(r, who)
	for _, p := range staff {
		i.Options = append(i.Options, option{Value: p.ID, Name: p.Name()})
	}
	return i, err
}

// handOver gives the chosen leads to another facilitator.
func (s *site) handOver(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	back, err := url.ParseQuery(cut(form.Get("retour"), 300))
	if err != nil {
		back = url.Values{}
	}
	for name := range back {
		if !slices.Contains([]string{"territoire", "responsable", "origine", "axe", "retard", "etape"}, name) {
			back.Del(name)
		}
	}
	to := form.Get("a")
	if to == "" || len(form["piste"]) == 0 {
		back.Set("confiees", "rien")
		return s.goOn(w, r, pathIn(r, "/pistes")+"?"+back.Encode())
	}
	h, err := s.config.Leads.HandOver(r.Context(), who.Person, account.Web, form["piste"], to)
	if err != nil {
		return err
	}
	back.Set("confiees", fmt.Sprintf("%d-%d-%d-%d", h.Given, h.Closed, h.Had, h.Elsewhere))
	return s.goOn(w, r, pathIn(r, "/pistes")+"?"+back.Encode())
}

// handedWords tell what became of leads that were handed over.
func (s *site) handedWords(l *locale.Language, v url.Values) []string {
	said := v.Get("confiees")
	if said == "rien" {
		return []string{l.T("leads.handed.nothing")}
	}
	var h lead.Handed
	if n, err := fmt.Sscanf(said, "%d-%d-%d-%d", &h.Given, &h.Closed, &h.Had, &h.Elsewhere); err != nil || n != 4 {
		return nil
	}
	list := []string{l.T("leads.handed.given", "n", h.Given)}
	for _, c := range []struct {
		key string
		n   int
	}{{"leads.handed.closed", h.Closed}, {"leads.handed.had", h.Had}, {"leads.handed.elsewhere", h.Elsewhere}} {
		if c.n > 0 {
			list = append(list, l.T(c.key, "n", c.n))
		}
	}
	return list
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
	names := make(map[string]string)
	for i, one := range list {
		if _, known := names[one.Owner]; !known {
			names[one.Owner] = s.nameOf(r, one.Owner)
		}
		t, _ := s.config.Places.Territory(one.Territory)
		rows[i] = leadRow{
			ID: one.ID, Title: one.Title, Path: "/pistes/" + one.ID, Stage: l.T("lead.stage." + string(one.Stage)), Next: one.Next, Owner: names[one.Owner], Territory: t.Name,
			Words: one.Words, Due: one.Due, Overdue: one.Overdue(clock.Day(s.today())),
		}
		if one.Axis != "" {
			rows[i].Axis = l.T("lead.axis." + one.Axis)
		}
		if len(one.Origins) > 0 {
			rows[i].From = l.T("lead.origin." + one.Origins[0].Kind)
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
		f, _ := s.leadFilter(r.URL.Query(), who)
		f.After = ""
		list, _, err := s.config.Leads.Leads(r.Context(), f)
		if err != nil {
			return err
		}
		t := sheet.Table{Title: l.T("leads.title")}
		for _, key := range []string{"lead.title", "lead.stage_label", "lead.next", "lead.due", "lead.owner", "leads.territory", "lead.axis_label", "lead.from", "lead.parties", "lead.words", "lead.created"} {
			t.Head = append(t.Head, l.T(key))
		}
		rows := s.leadRows(r, list)
		t.Rows = func(yield func([]sheet.Cell) bool) {
			for i, row := range rows {
				var due sheet.Cell
				if row.Due != "" {
					due = row.Due
				}
				if !yield([]sheet.Cell{row.Title, row.Stage, row.Next, due, row.Owner, row.Territory, row.Axis, row.From, s.partyNames(list[i].Parties), list[i].Words, list[i].CreatedAt}) {
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
