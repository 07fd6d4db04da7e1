package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"passerelle/internal/clock"
	"passerelle/internal/locale"
	"passerelle/internal/register/synth"
)

// generateCommand writes invented data to try the program with.
type generateCommand struct {
	Sirene generateSireneCommand `cmd:"" help:"Écrire des registres Sirene inventés, aux formats exacts de l'INSEE."`
}

type generateSireneCommand struct {
	reportFlags
	Departments    []string `placeholder:"CODES" help:"Départements, séparés par des virgules (62)."`
	France         bool     `help:"La France entière, à sa taille."`
	Seed           count    `default:"1" placeholder:"N" help:"Tirage : le même nombre donne les mêmes fichiers."`
	Out            string   `default:"registres-inventes" placeholder:"DOSSIER" help:"Dossier où écrire (registres-inventes)."`
	Format         string   `default:"csv" placeholder:"FORMAT" help:"Format des fichiers Sirene : csv, zip ou parquet."`
	Units          count    `placeholder:"N" help:"Nombre des autres unités légales, ni artisanales ni de l'ESS."`
	Establishments count    `placeholder:"N" help:"Nombre de leurs établissements."`
	AsOf           string   `default:"2026-11-01" placeholder:"AAAA-MM-JJ" help:"Date des fichiers."`
	Force          bool     `help:"Remplacer les fichiers qui existent."`
}

// A count is a whole number, 0 or more.
type count int64

// UnmarshalText reads the digits of a count.
func (c *count) UnmarshalText(text []byte) error {
	n, err := strconv.ParseUint(string(text), 10, 63)
	if err != nil {
		return fmt.Errorf("un nombre entier est attendu, et non %q", text)
	}
	*c = count(n)
	return nil
}

// Run writes the registers and says what to type next.
func (c *generateSireneCommand) Run(ctx *Context) error {
	report, err := synth.Sirene(ctx.Ctx, c.Out, synth.Options{
		Departments: upper(c.Departments), France: c.France, Seed: uint64(c.Seed), Units: int(c.Units), Establishments: int(c.Establishments),
		Format: c.Format, AsOf: clock.Day(c.AsOf), Overwrite: c.Force,
	})
	var option *synth.OptionError
	var exists *synth.ExistsError
	switch {
	case errors.As(err, &option):
		return Usagef("%s", option)
	case errors.As(err, &exists):
		return Usagef("%s", exists)
	case err != nil:
		return fmt.Errorf("écriture des registres inventés : %w", err)
	}
	if c.JSON {
		e := json.NewEncoder(ctx.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	return c.tell(ctx, &report)
}

// tell prints the report for people.
func (c *generateSireneCommand) tell(ctx *Context, r *synth.Report) error {
	catalogues, err := locale.Load()
	if err != nil {
		return err
	}
	n := catalogues.For("fr").Number
	var b strings.Builder
	fmt.Fprintf(&b, "Registres inventés au %s (tirage %d) : aucune de ces entreprises n'existe.\n\n", r.AsOf, r.Seed)
	for _, f := range r.Files {
		fmt.Fprintf(&b, "  %s lignes  %s  %s\n", right(n(f.Rows), 12), right(megabytes(f.Bytes), 10), f.Path)
	}
	fmt.Fprintf(&b, "\n%s entreprises artisanales et %s entreprises de l'ESS ouvertes, dont %s des deux à la fois ;\n"+
		"%s autres établissements ; en tout, %s établissements fermés et %s hors des départements demandés.\n",
		n(r.CraftFirms), n(r.ESSEnterprises), n(r.Both), n(r.Others), n(r.Closed), n(r.Elsewhere))
	b.WriteString("\nPour les lire :\n  passerelle import sirene")
	for _, f := range []struct{ flag, name string }{
		{"units", "StockUniteLegale_"},
		{"establishments", "StockEtablissement_"},
		{"geolocation", "GeolocalisationEtablissement_"},
		{"successions", "StockEtablissementLiensSuccession_"},
	} {
		fmt.Fprintf(&b, " --%s %s", f.flag, quoted(r.Path(f.name)))
	}
	departments := "62"
	switch {
	case c.France:
		departments = "all"
	case len(c.Departments) > 0:
		departments = strings.Join(upper(c.Departments), ",")
	}
	fmt.Fprintf(&b, " --departments %s --as-of %s\n", departments, r.AsOf)
	_, err = ctx.Stdout.Write([]byte(b.String()))
	return err
}

// right puts spaces before a text, so that columns end together.
func right(s string, width int) string {
	return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s))) + s
}

// megabytes writes a size as people read it.
func megabytes(n int64) string {
	return strings.Replace(fmt.Sprintf("%.1f Mo", float64(n)/1e6), ".", ",", 1)
}

// quoted writes a path so that a shell takes it as one word.
func quoted(path string) string {
	path = filepath.ToSlash(path)
	if !strings.ContainsAny(path, " '\"$`\\&;()*?[]<>|#~!") {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

// upper writes codes of départements in capitals: 2a is 2A.
func upper(codes []string) []string {
	out := make([]string, 0, len(codes))
	for _, c := range codes {
		out = append(out, strings.ToUpper(strings.TrimSpace(c)))
	}
	return out
}
