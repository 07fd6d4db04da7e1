package web

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/contact"
	"passerelle/internal/locale"
	"passerelle/internal/sheet"
)

// filesPath takes files: the only address to which a request may send more
// than a form.
const (
	filesPath = "/animation/fichiers"
	maxUpload = contact.MostBytes + 64<<10
)

// A fileFormPage takes a file of contacts.
type fileFormPage struct {
	frame
	Crumbs []crumb
	File   input
	Source input
	Scope  input
}

func (s *site) fileForm(w http.ResponseWriter, r *http.Request, _ *account.Signed) error {
	return s.showFileForm(w, r, http.StatusOK, "", "", account.Both)
}

func (s *site) showFileForm(w http.ResponseWriter, r *http.Request, status int, fault, source string, scope account.Scope) error {
	l := s.words(r)
	p := &fileFormPage{frame: s.frame(r, "/mon-espace", l.T("files.title"))}
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("contacts.title"), Path: "/animation/contacts"}, crumb{Name: l.T("files.title")})
	p.Path, p.NoIndex = filesPath+"/nouveau", true
	p.File = input{Name: "fichier", Label: l.T("files.file"), Hint: l.T("files.file_hint"), Type: "file", Error: fault}
	p.Source = input{Name: "source", Label: l.T("files.source"), Hint: l.T("files.source_hint"), Value: source, Free: true}
	p.Scope = s.scopeChoice(l, scope)
	if fault != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "facilitation/file-form", p)
}

func (s *site) takeFile(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	if err := r.ParseMultipartForm(maxUpload); err != nil { // in memory: contacts leave no file behind
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return s.showFileForm(w, r, http.StatusRequestEntityTooLarge, l.T("files.fault.too_big", "most", int64(contact.MostBytes>>20)), "", account.Both)
		}
		return s.showFileForm(w, r, http.StatusUnprocessableEntity, l.T("files.fault.empty"), "", account.Both)
	}
	defer r.MultipartForm.RemoveAll()
	source, scope := cut(strings.TrimSpace(r.FormValue("source")), 200), scopeOf(r.FormValue("scope"))
	file, head, err := r.FormFile("fichier")
	if err != nil {
		return s.showFileForm(w, r, http.StatusUnprocessableEntity, l.T("files.fault.empty"), source, scope)
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	id, err := s.config.Contacts.Upload(r.Context(), by(who), cut(head.Filename, 200), content, scope, source)
	var fault *sheet.Error
	if errors.As(err, &fault) {
		return s.showFileForm(w, r, http.StatusUnprocessableEntity, fileFault(l, fault), source, scope)
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, filesPath+"/"+id))
}

// fileFault says why a file was refused, and where.
func fileFault(l *locale.Language, e *sheet.Error) string {
	text := l.T("files.fault."+string(e.Fault), "most", int64(e.Most))
	if e.Line > 0 {
		text += " " + l.T("files.at_line", "line", e.Line)
	}
	return text
}

// A filePage shows what an import would do.
type filePage struct {
	frame
	Crumbs  []crumb
	Name    string
	Action  string
	Columns []input
	Figures []figure
	Lines   []fileLine
	More    int
	Brings  int // contacts that are new or learn something
}

// A figure is a number with its words.
type figure struct {
	N    int
	Name string
}

// A fileLine is a row of the file, as it was understood.
type fileLine struct {
	Line     int
	Who      string
	Reach    string
	Firm     string
	FirmPath string
	Doubt    bool
	State    string
	Kind     string // new, changed…
	Problems []string
}

// linesShown is how many rows a preview shows: those with something to look at
// first.
const linesShown = 60

func (s *site) file(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	i, err := s.config.Contacts.Import(r.Context(), who.Person.ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	plan, err := s.config.Contacts.Preview(r.Context(), who.Person, i)
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &filePage{frame: s.frame(r, "/mon-espace", l.T("files.look")), Name: i.Name, Action: filesPath + "/" + i.ID, Brings: plan.Count[contact.New] + plan.Count[contact.Changed]}
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("contacts.title"), Path: "/animation/contacts"}, crumb{Name: l.T("files.look")})
	p.Path, p.NoIndex = p.Action, true
	for column, name := range plan.File.Header {
		p.Columns = append(p.Columns, columnChoice(l, plan, column, name))
	}
	for _, of := range []contact.State{contact.New, contact.Changed, contact.Same, contact.Again, contact.Objected, contact.Unreached} {
		if n := plan.Count[of]; n > 0 {
			p.Figures = append(p.Figures, figure{n, l.T("files.state."+string(of), "n", n)})
		}
	}
	if plan.Doubt > 0 {
		p.Figures = append(p.Figures, figure{plan.Doubt, l.T("files.doubt", "n", plan.Doubt)})
	}
	if plan.Alone > 0 {
		p.Figures = append(p.Figures, figure{plan.Alone, l.T("files.alone", "n", plan.Alone)})
	}
	for _, first := range []bool{true, false} {
		for n := range plan.Lines {
			line := &plan.Lines[n]
			if look := len(line.Problems) > 0 || line.Match.SIRET != 0 && !line.Match.Sure; look == first && len(p.Lines) < linesShown {
				p.Lines = append(p.Lines, s.fileLine(r, l, line))
			}
		}
	}
	p.More = len(plan.Lines) - len(p.Lines)
	return s.show(w, http.StatusOK, "facilitation/file", p)
}

// columnChoice lets a facilitator say what a column holds.
func columnChoice(l *locale.Language, plan *contact.Plan, column int, name string) input {
	if name == "" {
		name = l.T("files.column", "n", column+1)
	}
	i := input{Name: "c" + strconv.Itoa(column), Label: name, Options: []option{{Name: l.T("files.nothing")}}}
	for _, f := range contact.Fields() {
		at, ok := plan.File.Columns[f]
		i.Options = append(i.Options, option{Value: string(f), Name: l.T("contacts.field." + string(f)), Chosen: ok && at == column})
	}
	return i
}

func (s *site) fileLine(r *http.Request, l *locale.Language, line *contact.Line) fileLine {
	row := &line.Row
	f := fileLine{Line: row.Line, Who: strings.TrimSpace(row.FirstName + " " + row.LastName), Reach: strings.Join(append([]string{row.Mail}, row.Phones...), " "), Firm: strings.TrimSpace(row.Firm + " " + row.Commune), Kind: string(line.State), State: l.T("files.short." + string(line.State))}
	f.Reach = strings.TrimSpace(f.Reach)
	if m := line.Match; m.SIRET != 0 {
		f.Doubt = !m.Sure
		if firm := s.firmOf(r, m.SIRET); !firm.Gone {
			f.Firm, f.FirmPath = firm.Name, firm.Path
			if firm.Place != "" {
				f.Firm += ", " + firm.Place
			}
		} else {
			f.Firm += " " + l.T("files.not_in_directory")
		}
	}
	for _, p := range line.Problems {
		f.Problems = append(f.Problems, l.T("files.problem."+string(p.Kind), "field", l.T("contacts.field."+string(p.Field)), "value", cut(p.Value, 60)))
	}
	return f
}

func (s *site) arrangeFile(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	i, err := s.config.Contacts.Import(r.Context(), who.Person.ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	columns := make(map[contact.Field]int)
	for column := range contact.MostColumns {
		for _, f := range contact.Fields() {
			if form.Get("c"+strconv.Itoa(column)) == string(f) {
				columns[f] = column
			}
		}
	}
	if err := s.config.Contacts.Arrange(r.Context(), i, columns); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, filesPath+"/"+i.ID))
}

func (s *site) applyFile(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	i, err := s.config.Contacts.Import(r.Context(), who.Person.ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	if _, err := s.config.Contacts.Apply(r.Context(), by(who), who.Person, i); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation/contacts")+"?fait=1")
}

func (s *site) dropFile(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	i, err := s.config.Contacts.Import(r.Context(), who.Person.ID, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.config.Contacts.Drop(r.Context(), i); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation/contacts"))
}
