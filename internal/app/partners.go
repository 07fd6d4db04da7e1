package app

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/locale"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/register"
)

// A partnersCommand says who could do something with an establishment, or
// with everyone.
type partnersCommand struct {
	SIRET       string   `arg:"" optional:"" name:"siret" placeholder:"SIRET" help:"L'établissement dont on cherche les partenaires."`
	All         bool     `help:"Les meilleurs partenaires de chaque établissement, dans un fichier."`
	Out         string   `placeholder:"FICHIER" help:"Avec --all : le fichier à écrire, .csv ou .parquet."`
	Departments []string `placeholder:"CODES" help:"Avec --all : seulement pour les établissements de ces départements."`
	RadiusKm    float64  `name:"radius-km" placeholder:"KM" help:"Rayon (30 ; 20 avec --all)."`
	Limit       int      `placeholder:"N" help:"Combien de partenaires (10)."`
	World       string   `placeholder:"craft|ess|both" help:"Le monde des partenaires ; sans cela, l'autre."`
	Weights     string   `placeholder:"POIDS" help:"Le poids de chaque critère : proximity:1,services:2,jobs:1,resources:0."`
}

// Run prints partners, or writes them to a file.
func (c partnersCommand) Run(x *Context) (err error) {
	if c.All == (c.SIRET != "") {
		return Usagef("un SIRET, ou --all : « passerelle partners --help » en dit plus")
	}
	if c.RadiusKm < 0 || c.RadiusKm > 100 {
		return Usagef("--radius-km : un nombre de kilomètres, 100 au plus")
	}
	if c.Limit < 0 || c.Limit > partner.MaxLimit {
		return Usagef("--limit : un nombre, %d au plus", partner.MaxLimit)
	}
	h, err := openHouse(x)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if c.All {
		return c.everyone(x, h)
	}
	return c.one(x, h)
}

// one prints the partners of an establishment.
func (c partnersCommand) one(x *Context, h *house) error {
	siret, err := register.ParseSIRET(c.SIRET)
	if err != nil {
		return Usagef("« %s » n'est pas un SIRET : quatorze chiffres dont la clé est juste", c.SIRET)
	}
	q := partner.Question{SIRET: siret, World: query.World(c.World), Radius: c.RadiusKm * 1000, Limit: c.Limit}
	if q.World != query.Any && q.World != query.Craft && q.World != query.ESS && q.World != query.Both {
		return Usagef("--world : craft, ess ou both, et non « %s »", c.World)
	}
	if q.Weights, err = match.ParseWeights(c.Weights); err != nil {
		return Usagef("--weights : des critères (%s) avec leur poids de 0 à %d, comme services:2,jobs:0", strings.Join(match.Criteria(), ", "), match.MaxWeight)
	}
	found, err := h.Partners.Best(q)
	var gone *directory.GoneError
	switch {
	case errors.As(err, &gone):
		return fmt.Errorf("cet établissement n'est plus au registre depuis celui du %s", gone.Last)
	case errors.Is(err, db.ErrNotFound):
		return fmt.Errorf("aucun établissement n'a le SIRET %s dans ce dossier de données", siret)
	case errors.Is(err, directory.ErrPlaceless):
		return errors.New("aucune question de lieu ne part de cet établissement : il n'a pas de position, ou ne la diffuse pas")
	case errors.Is(err, directory.ErrNoSnapshot):
		return errors.New("aucun registre n'est chargé ; « passerelle import --help » dit comment faire")
	case err != nil:
		return err
	}
	return h.tellPartners(x, found)
}

// tellPartners prints partners with their points and reasons.
func (h *house) tellPartners(x *Context, found *partner.Answer) error {
	fr := h.Words.For(locale.Codes()[0])
	if found.Widened || len(found.Partners) == 0 {
		fmt.Fprintf(x.Stdout, "Personne dans le rayon demandé : cherché jusqu'à %s.\n", fr.Distance(found.Radius))
	}
	w := tabwriter.NewWriter(x.Stdout, 0, 4, 2, ' ', 0)
	for i := range found.Partners {
		p := &found.Partners[i]
		points := p.Figures.Shown()
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", points.Total, p.Side.SIRET, p.Establishment.Title(), fr.Distance(p.Metres))
		why := h.Partners.Rules.Reasons(fr, &found.Seeker, &p.Side, p.Metres, p.Road, p.Figures)
		for _, line := range []struct {
			points int
			reason string
		}{{points.Proximity, why.Proximity.Text}, {points.Services, why.Services.Text}, {points.Jobs, why.Jobs.Text}, {points.Resources, why.Resources.Text}} {
			if line.points > 0 {
				fmt.Fprintf(w, "\t%d\t%s\t\n", line.points, line.reason)
			}
		}
	}
	return w.Flush()
}
