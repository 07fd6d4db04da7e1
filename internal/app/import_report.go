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

// writeReport tells an operator what an import did. With more to come of the
// same command, what is kept without a snapshot needs no explanation.
func writeReport(w io.Writer, r *directory.Report, more bool) error {
	catalogues, err := locale.Load()
	if err != nil {
		return err
	}
	p := printer{w: w, fr: catalogues.For("fr")}
	if r.AsOf != "" {
		p.line("%s au %s : %s", source(r.Source), p.fr.Day(r.AsOf), p.pace(r))
	} else if r.Rows > 0 {
		p.line("%s : %s", source(r.Source), p.pace(r))
	}
	if s := r.Sirene; s != nil {
		where := "toute la France"
		if len(s.Departments) > 0 {
			where = "département " + strings.Join(s.Departments, ", ")
		}
		p.line("  %s, %s, dont %s en %s, %s", p.count(s.Units, "unité légale", "unités légales"), p.count(s.Establishments, "établissement", "établissements"),
			p.n(s.InDepartments), where, p.count(s.Open, "ouvert", "ouverts"))
		p.some(s.Duplicates, "établissement en double", "établissements en double")
		p.some(s.Orphans, "établissement sans unité légale", "établissements sans unité légale")
		p.some(s.RandomPlaces, "position tirée au hasard dans sa commune, écartée (qualité 33)", "positions tirées au hasard dans leur commune, écartées (qualité 33)")
		p.some(s.Successions, "lien de succession", "liens de succession")
		for _, f := range s.Sorted {
			p.line("  %s n'était pas trié par SIREN : il a d'abord été trié", f)
		}
	}
	if l := r.List; l != nil {
		if r.Snapshot != nil {
			p.list(l)
		}
		p.some(l.Duplicate, "ligne en double, fusionnée", "lignes en double, fusionnées")
		p.some(l.BadSIRET, "SIRET inutilisable, ramené à son SIREN", "SIRET inutilisables, ramenés à leur SIREN")
		p.some(l.Repaired, "numéro auquel il manquait ses premiers zéros", "numéros auxquels il manquait leurs premiers zéros")
		p.some(int64(l.Fallen), "établissement absent du stock, remplacé par le siège", "établissements absents du stock, remplacés par le siège")
	}
	switch s := r.Snapshot; {
	case s != nil:
		if r.Source == "rebuild" {
			for i := range s.Lists {
				p.list(&s.Lists[i])
			}
		}
		p.snapshot(s)
	case r.Source != "sirene" && !more:
		p.line("Gardé. Il sera pris en compte quand le stock de Sirene aura été importé.")
	}
	if r.Rejected > 0 {
		p.line("%s, dans %s", p.count(r.Rejected, "ligne écartée", "lignes écartées"), r.Rejects)
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

// count writes a number of things: in French, 0 and 1 are singular.
func (p *printer) count(n int64, one, many string) string {
	if n < 2 {
		return p.n(n) + " " + one
	}
	return p.n(n) + " " + many
}

// some writes a line about what there is some of.
func (p *printer) some(n int64, one, many string) {
	if n > 0 {
		p.line("  %s", p.count(n, one, many))
	}
}

// source names a source for people: list:scop is the list scop.
func source(name string) string {
	if label, ok := strings.CutPrefix(name, "list:"); ok {
		return "liste " + label
	}
	return name
}

// pace tells how much was read and how fast.
func (p *printer) pace(r *directory.Report) string {
	read := p.count(r.Rows, "ligne lue", "lignes lues")
	if r.PerSecond == 0 {
		return read
	}
	return fmt.Sprintf("%s en %s s (%s par seconde)", read, p.fr.Decimal(r.Seconds, 1), p.n(r.PerSecond))
}

// list tells how much of a list is in the stock.
func (p *printer) list(l *directory.ListReport) {
	p.line("  liste %s : %s, %s dans le stock, %s", l.Label, p.count(l.Rows, "ligne", "lignes"),
		p.count(int64(l.Matched), "reconnue", "reconnues"), p.count(int64(l.Unknown), "inconnue", "inconnues"))
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
			p.line("    … et %s", p.count(int64(len(keys)-most), "autre", "autres"))
			return
		}
		word := cmp.Or(words[k], source(k), "non précisé")
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
	p.line("Annuaire : %s, %s de l'artisanat, %s de l'ESS, %s des deux mondes", p.count(int64(s.Establishments), "établissement", "établissements"), p.n(int64(s.Craft)), p.n(int64(s.ESS)), p.n(int64(s.Both)))
	p.some(int64(s.MaskedPersons), "personne physique en diffusion partielle (ni nom, ni adresse, ni commune)", "personnes physiques en diffusion partielle (ni nom, ni adresse, ni commune)")
	p.some(int64(s.MaskedAddress), "personne morale en diffusion partielle (sans adresse)", "personnes morales en diffusion partielle (sans adresse)")
	p.some(int64(s.FormerCommunes), "code d'ancienne commune ramené à celle d'aujourd'hui", "codes d'anciennes communes ramenés à celle d'aujourd'hui")
	p.table("Pourquoi (la preuve la plus sûre de chaque monde)", s.Certainty, 10, reportWords)
	p.table("Secteurs de l'artisanat", s.Sector, 10, reportWords)
	p.table("Sources de l'ESS", s.Source, 12, reportWords)
	p.table("Familles de l'ESS", s.Family, 10, reportWords)
	p.table("Positions", s.Position, 10, reportWords)
	p.table("Codes de communes inconnus", s.UnknownCommune, 5, nil)
	p.table("Codes NAFA inconnus de la nomenclature", s.UnknownNAFA, 5, nil)
	p.table("Codes NAF inconnus de la nomenclature", s.UnknownNAF, 5, nil)
}
