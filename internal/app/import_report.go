package app

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/locale"
	"passerelle/internal/trade"
)

// writeReport tells an operator what an import did.
func writeReport(w io.Writer, r *directory.Report) error {
	catalogues, err := locale.Load()
	if err != nil {
		return err
	}
	p := printer{w: w, fr: catalogues.For("fr")}
	p.line("%s au %s : %s lignes lues en %s s (%s par seconde)", r.Source, p.fr.Day(r.AsOf), p.n(r.Rows), p.fr.Decimal(r.Seconds, 1), p.n(r.PerSecond))
	if s := r.Sirene; s != nil {
		where := "toute la France"
		if len(s.Departments) > 0 {
			where = "département " + strings.Join(s.Departments, ", ")
		}
		p.line("  %s unités légales, %s établissements, dont %s en %s, %s ouverts", p.n(s.Units), p.n(s.Establishments), p.n(s.InDepartments), where, p.n(s.Open))
		p.some(s.Duplicates, "%s établissements en double")
		p.some(s.Orphans, "%s établissements sans unité légale")
		p.some(s.RandomPlaces, "%s positions tirées au hasard dans leur commune, écartées (qualité 33)")
		p.some(s.Successions, "%s liens de succession")
		for _, f := range s.Sorted {
			p.line("  %s n'était pas trié par SIREN : il a d'abord été trié", f)
		}
	}
	if l := r.List; l != nil {
		p.line("  liste %s : %s lignes, %s reconnues dans le stock, %s inconnues", l.Label, p.n(l.Rows), p.n(int64(l.Matched)), p.n(int64(l.Unknown)))
		p.some(l.Duplicate, "%s lignes en double, fusionnées")
		p.some(l.BadSIRET, "%s SIRET inutilisables, ramenés à leur SIREN")
		p.some(l.Repaired, "%s numéros auxquels il manquait leurs premiers zéros")
		p.some(int64(l.Fallen), "%s établissements absents du stock, remplacés par le siège")
	}
	if s := r.Snapshot; s != nil {
		p.snapshot(s)
	} else if r.Source != "sirene" {
		p.line("Gardé. Il sera pris en compte quand le stock de Sirene aura été importé.")
	}
	if r.Rejected > 0 {
		p.line("%s lignes écartées, dans %s", p.n(r.Rejected), r.Rejects)
		p.table("", r.Reasons, 8, nil)
	}
	return p.err
}

// A printer writes lines until one cannot be written.
type printer struct {
	w   io.Writer
	fr  *locale.Language
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *printer) n(n int64) string { return p.fr.Number(n) }

// some writes a line about what there is some of.
func (p *printer) some(n int64, format string) {
	if n > 0 {
		p.line("  "+format, p.n(n))
	}
}

// table writes the largest counts of a map.
func (p *printer) table(title string, counts map[string]int, most int, words map[string]string) {
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	if len(keys) == 0 {
		return
	}
	if title != "" {
		p.line("  %s", title)
	}
	for i, k := range keys {
		if i == most {
			p.line("    … et %d autres", len(keys)-most)
			return
		}
		word := cmp.Or(words[k], k, "non précisé")
		p.line("    %10s  %s", p.n(int64(counts[k])), word)
	}
}

var reportWords = map[string]string{
	"registered": "immatriculés (registre national)", "recorded": "inscrits (activité du répertoire des métiers)", "presumed": "présumés (activité et taille)",
	"flag": "drapeau de Sirene", "listed": "nommés par une liste", "legal_form": "forme juridique",
	"sirene:flag": "drapeau de Sirene", "sirene:legal_form": "forme juridique",
	"address": "à l'adresse", "commune": "au centre de la commune", "none": "sans position",
	string(trade.Food): "alimentation", string(trade.Building): "bâtiment", string(trade.Making): "fabrication", string(trade.Services): "services",
	string(trade.Cooperative): "coopératives", string(trade.Association): "associations", string(trade.Mutual): "mutuelles", string(trade.Foundation): "fondations", string(trade.Company): "sociétés",
}

func (p *printer) snapshot(s *directory.SnapshotReport) {
	p.line("Annuaire : %s établissements, %s de l'artisanat, %s de l'ESS, %s des deux mondes", p.n(int64(s.Establishments)), p.n(int64(s.Craft)), p.n(int64(s.ESS)), p.n(int64(s.Both)))
	p.some(int64(s.MaskedPersons), "%s personnes physiques en diffusion partielle (ni nom, ni adresse, ni commune)")
	p.some(int64(s.MaskedAddress), "%s personnes morales en diffusion partielle (sans adresse)")
	p.some(int64(s.FormerCommunes), "%s codes d'anciennes communes ramenés à celle d'aujourd'hui")
	p.table("Pourquoi (la preuve la plus sûre de chaque monde)", s.Certainty, 10, reportWords)
	p.table("Secteurs de l'artisanat", s.Sector, 10, reportWords)
	p.table("Sources de l'ESS", s.Source, 12, reportWords)
	p.table("Familles de l'ESS", s.Family, 10, reportWords)
	p.table("Positions", s.Position, 10, reportWords)
	p.table("Codes de communes inconnus", s.UnknownCommune, 5, nil)
	p.table("Codes NAFA inconnus de la nomenclature", s.UnknownNAFA, 5, nil)
	p.table("Codes NAF inconnus de la nomenclature", s.UnknownNAF, 5, nil)
}
