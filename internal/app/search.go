package app

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"text/tabwriter"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/locale"
	"passerelle/internal/web"
)

// A searchCommand asks the directory what the API is asked, in the same
// words: each flag is a parameter.
type searchCommand struct {
	Words      []string `arg:"" optional:"" placeholder:"MOTS" help:"Mots : métier, nom, enseigne, commune, SIREN ou SIRET."`
	World      string   `placeholder:"craft|ess|both" help:"Le monde."`
	Trade      []string `placeholder:"MÉTIER" help:"Métier : nom court, code NAFA ou NAF."`
	Sector     []string `placeholder:"SECTEUR" help:"food, building, making, services."`
	Family     []string `placeholder:"FAMILLE" help:"cooperative, association, mutual, foundation, company."`
	Label      []string `placeholder:"LABEL" help:"Label."`
	Size       []string `placeholder:"TRANCHE" help:"Tranche d'effectifs de Sirene."`
	Commune    []string `placeholder:"CODE" help:"Code INSEE de la commune."`
	EPCI       []string `name:"epci" placeholder:"SIREN" help:"EPCI."`
	Territory  []string `placeholder:"NOM" help:"Territoire."`
	Department []string `placeholder:"CODE" help:"Département."`
	Lat        string   `placeholder:"DEGRÉS" help:"Latitude du point d'où l'on mesure."`
	Lon        string   `placeholder:"DEGRÉS" help:"Longitude de ce point."`
	Near       string   `placeholder:"COMMUNE" help:"Commune d'où l'on mesure : nom, code ou code postal."`
	RadiusKm   string   `name:"radius-km" placeholder:"KM" help:"Rayon autour du point."`
	Bbox       string   `placeholder:"S,O,N,E" help:"Rectangle : sud,ouest,nord,est en degrés."`
	Sort       string   `placeholder:"ORDRE" help:"relevance, distance, name."`
	Page       string   `placeholder:"N" help:"Page."`
	PerPage    string   `name:"per-page" placeholder:"N" help:"Réponses par page, 100 au plus."`
	JSON       bool     `name:"json" help:"La réponse de l'API, telle quelle."`
}

// values returns the question as the parameters of an address.
func (c searchCommand) values() url.Values {
	v := url.Values{}
	for name, text := range map[string]string{
		"q": strings.Join(c.Words, " "), "world": c.World, "lat": c.Lat, "lon": c.Lon, "near": c.Near, "radius_km": c.RadiusKm,
		"bbox": c.Bbox, "sort": c.Sort, "page": c.Page, "per_page": c.PerPage,
	} {
		if text != "" {
			v.Set(name, text)
		}
	}
	for name, list := range map[string][]string{
		"trade": c.Trade, "sector": c.Sector, "family": c.Family, "label": c.Label, "size": c.Size, "commune": c.Commune,
		"epci": c.EPCI, "territory": c.Territory, "department": c.Department,
	} {
		if len(list) > 0 {
			v[name] = list
		}
	}
	return v
}

// Run searches and prints what is found.
func (c searchCommand) Run(x *Context) (err error) {
	if _, err := os.Stat(x.Config.Data); err != nil {
		return fmt.Errorf("dossier de données : %w ; vérifiez --data ou PASSERELLE_DATA", err)
	}
	h, err := openHouse(x)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	q, err := query.ParseStrict(c.values(), h.Directory.Terms())
	var wrong *query.ParamError
	if errors.As(err, &wrong) {
		return Usagef("%s", refusal(wrong))
	}
	if err != nil {
		return err
	}
	found, err := h.Directory.Search(q)
	if errors.Is(err, directory.ErrNoSnapshot) {
		return errors.New("aucun registre n'est chargé dans ce dossier de données ; « passerelle import --help » dit comment faire")
	}
	if err != nil {
		return err
	}
	if c.JSON {
		_, err = x.Stdout.Write(web.AppendList(nil, q, &found, h.Places, h.Trades))
		return err
	}
	return c.print(x, h, q, &found)
}

// sentences say in French what a flag accepts, where it is not a list of
// values.
func sentences() map[string]string {
	return map[string]string{
		"q":          "200 caractères au plus",
		"trade":      "un métier (boulanger), un code NAFA (1071CA) ou NAF (10.71C)",
		"commune":    "le code INSEE d'une commune (62473)",
		"epci":       "le SIREN d'un EPCI",
		"department": "le code d'un département (62, 2A, 971)",
		"near":       "le nom, le code INSEE ou le code postal d'une commune",
		"lat":        "un nombre de -90 à 90, avec --lon",
		"lon":        "un nombre de -180 à 180, avec --lat",
		"radius_km":  "un nombre de 0,01 à 500",
		"bbox":       "sud,ouest,nord,est en degrés (50.5,2.3,50.7,2.6)",
		"page":       "un nombre entier à partir de 1",
		"per_page":   "un nombre entier de 1 à 100",
	}
}

// refusal tells in French why a flag is refused.
func refusal(e *query.ParamError) string {
	flag := "--" + strings.ReplaceAll(e.Param, "_", "-")
	if e.Param == "q" {
		flag = "MOTS"
	}
	accepted, ok := sentences()[e.Param]
	if !ok {
		accepted = strings.Join(e.Accepted, ", ")
	}
	switch {
	case e.Key == "alone":
		return flag + " demande un point : --near, ou --lat et --lon"
	case e.Key == "together":
		return flag + " ne va pas avec --lat et --lon : donnez l'un ou les autres"
	case e.Key == "deep":
		return fmt.Sprintf("%s : la page %s est au-delà des %d premières réponses", flag, e.Value, query.MaxDepth)
	case e.Value == "":
		return flag + " manque : " + accepted
	case e.Nearest != "":
		accepted += " (peut-être « " + e.Nearest + " » ?)"
	}
	return fmt.Sprintf("%s : « %s » n'est pas accepté ; est accepté : %s", flag, e.Value, accepted)
}

// print writes what was found as a table.
func (c searchCommand) print(x *Context, h *house, q query.Query, found *directory.Result) error {
	catalogues, err := locale.Load()
	if err != nil {
		return err
	}
	fr := catalogues.For("fr")
	noun := "établissements"
	if found.Total < 2 {
		noun = "établissement"
	}
	fmt.Fprintf(x.Stdout, "%s %s, registres au %s\n", fr.Number(int64(found.Total)), noun, fr.Day(found.AsOf))
	if found.WidenedTo > 0 {
		fmt.Fprintf(x.Stdout, "Rien dans le rayon demandé : élargi à %s\n", fr.Distance(found.WidenedTo))
	}
	for word, other := range found.Corrected {
		fmt.Fprintf(x.Stdout, "« %s » est lu « %s »\n", word, other)
	}
	w := tabwriter.NewWriter(x.Stdout, 0, 4, 2, ' ', 0)
	for i := range found.Hits {
		hit := &found.Hits[i]
		name := hit.Title()
		if name == "" || hit.Mask == directory.MaskedPerson {
			name = "Dénomination non diffusée"
		}
		what := ""
		if t, ok := h.Trades.Trade(hit.Trade); ok {
			what = t.Name
		} else if label, ok := h.Trades.NAFLabel(hit.NAF); ok {
			what = label
		}
		where, far := "", ""
		if commune, ok := h.Places.Commune(hit.Commune); ok && hit.Mask != directory.MaskedPerson {
			where = commune.Name
		}
		if hit.Distance >= 0 {
			far = fr.Distance(hit.Distance)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", hit.SIRET, name, what, where, far)
	}
	return w.Flush()
}
