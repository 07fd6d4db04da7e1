package app

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"slices"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/locale"
	"passerelle/internal/match/partner"
	"passerelle/internal/register"
)

// What a matching report shows: the first partners of so many of each world.
const (
	reportEach     = 25
	reportPartners = 3
)

// A matchingReportCommand writes the first partners of some establishments of
// the invented register with their reasons, to be read aloud by whoever
// changes the rules. The same program always writes the same report.
type matchingReportCommand struct {
	Out string `arg:"" placeholder:"FICHIER" help:"Le fichier à écrire."`
}

// Run invents a register in a folder of its own, and reports on it.
func (c matchingReportCommand) Run(x *Context) (err error) {
	dir, err := os.MkdirTemp("", "passerelle-report-")
	if err != nil {
		return fmt.Errorf("matching report: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	config := *x.Config
	config.Data, config.Database, config.Direct = dir, "sqlite:"+dir+"/report.db", ""
	own := *x
	own.Config, own.Stdout, own.Stderr = &config, io.Discard, io.Discard
	if err := makeDemo(&own); err != nil {
		return err
	}
	h, err := openHouse(&own)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	text, err := h.matchingReport()
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, text, 0o644); err != nil {
		return fmt.Errorf("matching report: %w", err)
	}
	fmt.Fprintf(x.Stdout, "%s : %d établissements, %d partenaires chacun.\n", c.Out, 2*reportEach, reportPartners)
	return nil
}

func (h *house) matchingReport() ([]byte, error) {
	asked, err := h.reported()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Partners to read aloud

The first %d partners of %d establishments of the register that the demonstration invents, as `+"`make matching-report`"+` wrote them: points of proximity, services, jobs and
resources, and the sentence of each criterion that brings something, as the people of the one who asks read it. Nobody in it exists. It is here to be read, aloud if
possible, by whoever changes `+"`internal/match/data`"+`; [matching.md](matching.md) has the rules.
`, reportPartners, len(asked))
	for _, world := range []string{"craft", "ess"} {
		fmt.Fprintf(&b, "\n## %s\n", map[string]string{"craft": "Asked by craft", "ess": "Asked by the social and solidarity economy"}[world])
		for i := range asked {
			if asked[i].In(world) {
				if err := h.reportOne(&b, &asked[i]); err != nil {
					return nil, err
				}
			}
		}
	}
	return b.Bytes(), nil
}

// reported chooses who asks: as many of each world, in an order that no
// register has, no two of the same activity and label, the rarest first among
// the structures, whose codes are often the same.
func (h *house) reported() ([]directory.Establishment, error) {
	g, err := h.Directory.Ground()
	if err != nil {
		return nil, err
	}
	var all []directory.Establishment
	for _, l := range g.Layers {
		for doc := range uint32(l.Located()) {
			e, err := g.Establishment(l, doc)
			if err != nil {
				return nil, err
			}
			if e.In("craft") != e.In("ess") && e.Title() != "" {
				all = append(all, e)
			}
		}
	}
	g.Keep()
	slices.SortFunc(all, func(a, b directory.Establishment) int {
		return cmp.Or(cmp.Compare(shuffled(a.SIRET), shuffled(b.SIRET)), cmp.Compare(a.SIRET, b.SIRET))
	})
	seen := map[string]bool{}
	left := map[string]int{"craft": reportEach, "ess": reportEach}
	var out []directory.Establishment
	for i := range all {
		e := &all[i]
		world, activity := "craft", e.Trade
		if e.In("ess") {
			f := h.Partners.Rules.FactsOf(e)
			world, activity = "ess", e.NAF+" "+strings.Join(f.Labels, " ")+f.Hint
		}
		if left[world] > 0 && !seen[activity] {
			seen[activity] = true
			left[world]--
			out = append(out, *e)
		}
	}
	return out, nil
}

// shuffled is a number drawn from a SIRET, always the same.
func shuffled(s register.SIRET) uint64 {
	sum := fnv.New64a()
	fmt.Fprint(sum, s)
	return sum.Sum64()
}

func (h *house) reportOne(b *bytes.Buffer, e *directory.Establishment) error {
	answer, err := h.Partners.Best(partner.Question{SIRET: e.SIRET, World: query.Any, Limit: reportPartners})
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n### %s\n\n%s\n", e.Title(), h.activityOf(e))
	for i := range answer.Partners {
		p := &answer.Partners[i]
		shown := p.Figures.Shown()
		name := cmp.Or(p.Establishment.Title(), p.Side.SIRET.String())
		fmt.Fprintf(b, "\n%d. **%s**, %s: %d = %d + %d + %d + %d\n", i+1, name, h.activityOf(&p.Establishment), shown.Total, shown.Proximity, shown.Services, shown.Jobs, shown.Resources)
		for _, code := range locale.Codes() {
			why := h.Partners.Rules.Reasons(h.Words.For(code), &answer.Seeker, &p.Side, p.Metres, p.Road, p.Figures)
			fmt.Fprintf(b, "   - %s:", code)
			for _, line := range []struct {
				points uint16
				text   string
			}{{p.Figures.Proximity, why.Proximity.Text}, {p.Figures.Services, why.Services.Text}, {p.Figures.Jobs, why.Jobs.Text}, {p.Figures.Resources, why.Resources.Text}} {
				if line.points > 0 {
					fmt.Fprintf(b, " %s", line.text)
				}
			}
			b.WriteByte('\n')
		}
	}
	return nil
}

// activityOf says what the register calls an activity, with its labels and
// its head-count band.
func (h *house) activityOf(e *directory.Establishment) string {
	what, _ := h.Trades.NAFLabel(e.NAF)
	if t, ok := h.Trades.Trade(e.Trade); ok {
		what = t.Name
	}
	f := h.Partners.Rules.FactsOf(e)
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.NAF, what, strings.Join(f.Labels, " ")))
}
