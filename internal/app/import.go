package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/fold"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// An importCommand takes registers into the data folder.
type importCommand struct {
	Sirene      importSirene      `cmd:"" help:"Importer les fichiers stock de Sirene (unités légales et établissements)."`
	List        importList        `cmd:"" help:"Importer une liste (SIAE, ESUS, Scop, RGE…) : un CSV avec une colonne SIRET ou SIREN."`
	RNE         importRNE         `cmd:"" name:"rne" help:"Importer les formalités du registre national des entreprises (JSON de l'INPI)."`
	Contours    importContours    `cmd:"" help:"Importer les contours des communes (GeoJSON)."`
	Territories importTerritories `cmd:"" help:"Importer les territoires (CSV : commune,territory)."`
	Communes    importCommunes    `cmd:"" help:"Importer des communes (CSV)."`
	TravelTimes importTimes       `cmd:"" name:"travel-times" help:"Importer une matrice de temps de trajet entre communes (CSV : from,to,minutes)."`
}

// reportFlags are those of every command that ends with a report.
type reportFlags struct {
	JSON bool `name:"json" help:"Écrire le compte rendu en JSON."`
}

type importSirene struct {
	reportFlags
	Units          string   `placeholder:"FICHIER" help:"StockUniteLegale : .zip, .csv, .parquet, ou - pour l'entrée standard."`
	Establishments string   `placeholder:"FICHIER" help:"StockEtablissement : .zip, .csv, .parquet, ou -."`
	Geolocation    string   `placeholder:"FICHIER" help:"GeolocalisationEtablissement (facultatif)."`
	Successions    string   `placeholder:"FICHIER" help:"StockEtablissementLiensSuccession (facultatif)."`
	Departments    []string `placeholder:"62,59" required:"" help:"Départements à garder, ou all pour la France."`
	AsOf           string   `placeholder:"2026-11-01" help:"Date du stock ; sans elle, le premier jour du mois en cours."`
	Download       bool     `help:"Prendre les fichiers chez le producteur au lieu de fichiers locaux."`
}

// Run imports the stock files of Sirene.
func (c importSirene) Run(x *Context) error {
	im, close, err := newImporter(x, c.JSON)
	if err != nil {
		return err
	}
	defer close()
	departments, err := departmentsOf(c.Departments, im.Places)
	if err != nil {
		return err
	}
	day, err := dayOf(x, c.AsOf)
	if err != nil {
		return err
	}
	o := directory.SireneImport{
		Files:       register.SireneFiles{Units: c.Units, Establishments: c.Establishments, Geolocation: c.Geolocation, Open: x.openInput},
		Successions: c.Successions, Departments: departments, AsOf: day,
	}
	switch {
	case c.Download && c.Units+c.Establishments+c.Geolocation+c.Successions != "":
		return Usagef("--download prend les fichiers chez le producteur : ne donnez pas de fichiers avec lui")
	case c.Download:
		if err := downloads(x, &o); err != nil {
			return err
		}
	case c.Units == "" || c.Establishments == "":
		return Usagef("il faut --units et --establishments, ou --download")
	case c.piped() > 1:
		return Usagef("un seul fichier peut venir de l'entrée standard")
	}
	r, err := im.Sirene(x.Ctx, o)
	return x.report(c.JSON, r, err)
}

// piped counts the files that come from standard input.
func (c importSirene) piped() (n int) {
	for _, file := range []string{c.Units, c.Establishments, c.Geolocation, c.Successions} {
		if file == "-" {
			n++
		}
	}
	return n
}

type importList struct {
	reportFlags
	File       string `arg:"" placeholder:"FICHIER" help:"Le fichier CSV (ou .zip), ou - pour l'entrée standard."`
	Label      string `required:"" placeholder:"NOM" help:"Ce que dit la liste : siae, esus, scop, rge…"`
	AsOf       string `required:"" placeholder:"2026-11-01" help:"Date de la liste."`
	ESS        bool   `name:"ess" help:"Y figurer fait entrer dans l'ESS. Sans cela, la liste n'est qu'un label."`
	Column     string `placeholder:"NOM" help:"Colonne des numéros : siret, siren, ou son nom."`
	KindColumn string `placeholder:"NOM" help:"Colonne de la sorte (ACI, EI…)."`
}

// Run imports a list.
func (c importList) Run(x *Context) error {
	im, close, err := newImporter(x, c.JSON)
	if err != nil {
		return err
	}
	defer close()
	day, err := dayOf(x, c.AsOf)
	if err != nil {
		return err
	}
	switch {
	case c.AsOf == "":
		return Usagef("--as-of est vide ; il faut la date de la liste, comme 2026-11-01")
	case fold.Slug(c.Label) == "":
		return Usagef("--label %q n'a ni lettre ni chiffre ; il faut un nom comme siae, scop ou rge", c.Label)
	}
	r, err := im.List(x.Ctx, directory.ListImport{File: c.File, Label: c.Label, ESS: c.ESS, AsOf: day, Column: c.Column, KindColumn: c.KindColumn})
	return x.report(c.JSON, r, err)
}

type importRNE struct {
	reportFlags
	Files []string `arg:"" placeholder:"FICHIER" help:"Fichiers JSON : une formalité par ligne, ou un tableau ; .zip accepté."`
	AsOf  string   `placeholder:"2026-11-01" help:"Date du registre ; sans elle, le premier jour du mois en cours."`
}

// Run imports formalities of the national register.
func (c importRNE) Run(x *Context) error {
	im, close, err := newImporter(x, c.JSON)
	if err != nil {
		return err
	}
	defer close()
	day, err := dayOf(x, c.AsOf)
	if err != nil {
		return err
	}
	r, err := im.RNE(x.Ctx, c.Files, day)
	return x.report(c.JSON, r, err)
}

type importContours struct {
	reportFlags
	File string `arg:"" placeholder:"FICHIER" help:"GeoJSON des communes."`
}

// Run imports contours of communes.
func (c importContours) Run(x *Context) error {
	return importPlaces(x, c.JSON, func(o *place.Overrides) (err error) { o.Contours, err = register.ReadContours(c.File); return err })
}

type importTerritories struct {
	reportFlags
	File string `arg:"" placeholder:"FICHIER" help:"CSV : commune,territory et, au besoin, name."`
}

// Run imports territories.
func (c importTerritories) Run(x *Context) error {
	return importPlaces(x, c.JSON, func(o *place.Overrides) (err error) {
		o.Territories, err = register.ReadTerritories(c.File)
		return err
	})
}

type importCommunes struct {
	reportFlags
	File string `arg:"" placeholder:"FICHIER" help:"CSV des communes."`
}

// Run imports communes.
func (c importCommunes) Run(x *Context) error {
	return importPlaces(x, c.JSON, func(o *place.Overrides) (err error) { o.Communes, err = register.ReadCommunes(c.File); return err })
}

func importPlaces(x *Context, asJSON bool, read func(*place.Overrides) error) error {
	im, close, err := newImporter(x, asJSON)
	if err != nil {
		return err
	}
	defer close()
	r, err := im.ImportPlaces(x.Ctx, read)
	if err != nil {
		return x.report(asJSON, r, err)
	}
	if err := x.report(asJSON, r, nil); err != nil || asJSON {
		return err
	}
	_, err = fmt.Fprintln(x.Stdout, "Un serveur en marche le prendra à son prochain démarrage.")
	return err
}

// newImporter makes what imports into the data folder, with its progress on
// the terminal.
func newImporter(x *Context, quiet bool) (*directory.Importer, func(), error) {
	places, err := directory.LoadPlaces(x.Config.Data)
	if err != nil {
		return nil, nil, err
	}
	trades, err := trade.Load()
	if err != nil {
		return nil, nil, err
	}
	im := &directory.Importer{Dir: x.Config.Data, Places: places, Trades: trades, Clock: x.Clock, Open: x.openInput}
	p := newProgress(x.Stderr, x.Clock)
	if !quiet {
		im.Progress = p.show
	}
	// What an import holds is held to its end: collecting sooner costs little
	// and takes a third off its peak.
	usual := debug.SetGCPercent(gcWhileImporting)
	return im, func() {
		debug.SetGCPercent(usual)
		p.close()
	}, nil
}

// gcWhileImporting is how much garbage, in percent of what is in use, is let
// lie while an import runs.
const gcWhileImporting = 30

// dayOf reads a day; without one, it is the first of this month.
func dayOf(x *Context, s string) (clock.Day, error) {
	if s == "" {
		return clock.Day(x.Clock.Now().In(clock.Paris).Format("2006-01") + "-01"), nil
	}
	d, err := clock.ParseDay(s)
	if err != nil {
		return "", Usagef("--as-of %q n'est pas une date ; il faut la forme 2026-11-01", s)
	}
	if d.Time().After(x.Clock.Now().Add(48 * time.Hour)) {
		return "", Usagef("--as-of %s est dans l'avenir", s)
	}
	return d, nil
}

// departmentsOf reads --departments; nil is all.
func departmentsOf(given []string, places *place.Atlas) ([]string, error) {
	var out []string
	for _, s := range given {
		s = strings.ToUpper(strings.TrimSpace(s))
		if s == "ALL" {
			if len(given) > 1 {
				return nil, Usagef("--departments all ne va pas avec d'autres départements")
			}
			return nil, nil
		}
		if _, ok := places.Department(s); !ok {
			return nil, Usagef("--departments : %q n'est pas un département ; il faut des codes comme 62, 2A ou 971, ou all", s)
		}
		out = append(out, s)
	}
	if len(out) == 0 {
		return nil, Usagef("--departments est vide ; il faut des codes comme 62,59, ou all")
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// openInput opens what is not a file: - is standard input.
func (x *Context) openInput(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(x.Stdin), nil
	}
	return x.fetch(name)
}

// report writes what an import did, or says why it could not be done.
func (x *Context) report(asJSON bool, r directory.Report, err error) error {
	if err != nil {
		return refused(err)
	}
	return x.tell(asJSON, &r, false)
}

// tell writes what an import did; more is to come of an import in parts.
func (x *Context) tell(asJSON bool, r *directory.Report, more bool) error {
	if asJSON {
		e := json.NewEncoder(x.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	return writeReport(x.Stdout, r, more)
}

// refused says in French why an import could not be done.
func refused(err error) error {
	switch {
	case errors.Is(err, directory.ErrBusy):
		return errors.New("un autre import est en cours sur ce dossier de données ; attendez sa fin et recommencez")
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w ; vérifiez le nom du fichier", err)
	}
	return fmt.Errorf("%w\nRien n'a été changé", err)
}
