package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"passerelle/internal/clock"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// stockName is the name of the source that holds the stock of Sirene, and
// registerName of the one of the national register.
const (
	stockName    = "sirene"
	registerName = "rne"
	listPrefix   = "list-"
)

// successionsPart holds the successions of the stock.
const successionsPart = "successions"

// build makes a snapshot of the sources of a data folder, and serves it.
// Without a stock there is nothing to make one of: it returns ErrNoSnapshot.
func build(ctx context.Context, dir string, places *place.Atlas, trades *trade.Table, now clock.Clock, bad *rejects) (*SnapshotReport, error) {
	sources, err := openSources(dir)
	if err != nil {
		return nil, err
	}
	defer closeSources(sources)
	b := builder{rules: Rules{Places: places, Trades: trades}, report: newSnapshotReport()}
	meta := Meta{Made: now.Now().UnixMicro()}
	for _, s := range sources {
		switch s.meta.Kind {
		case stockName:
			b.stock = s
			b.rules.AsOf, meta.AsOf, meta.Departments = s.meta.AsOf, s.meta.AsOf, s.meta.Departments
		case registerName:
			b.rules.RNE = s.meta.AsOf
			if b.register, err = openList(s); err != nil {
				return nil, err
			}
		case "list":
			l, err := openList(s)
			if err != nil {
				return nil, err
			}
			b.lists = append(b.lists, l)
			b.report.Lists = append(b.report.Lists, ListReport{Label: s.meta.Label, Rows: int64(len(l.entries))})
		}
		meta.Sources = append(meta.Sources, SourceMeta{Name: sourceName(s), AsOf: s.meta.AsOf, Rows: s.meta.Entries})
	}
	if b.stock == nil {
		return nil, ErrNoSnapshot
	}
	if b.successors, err = successions(b.stock); err != nil {
		return nil, err
	}
	path, meta, err := WriteSnapshot(dir, meta, places, trades, b.establishments(ctx))
	if err != nil {
		return nil, err
	}
	r := b.report
	r.Path = path
	r.Establishments, r.Craft, r.ESS, r.Both = meta.Counts.Establishments, meta.Counts.Craft, meta.Counts.ESS, meta.Counts.Both
	return r, b.unknown(bad)
}

// sourceName names a source as a Claim would.
func sourceName(s *sourceFile) string {
	if s.meta.Kind == "list" {
		return sourceList + s.meta.Label
	}
	return s.meta.Kind
}

// A builder makes establishments of sources.
type builder struct {
	rules      Rules
	stock      *sourceFile
	register   *list
	lists      []*list
	successors map[register.SIRET]register.SIRET
	report     *SnapshotReport
}

// errStop ends the reading of a source from within.
var errStop = errors.New("stop")

// establishments yields the establishments of the stock, unit by unit.
func (b *builder) establishments(ctx context.Context) iter.Seq2[*Establishment, error] {
	return func(yield func(*Establishment, error) bool) {
		var unit []Facts
		var listings [][]Listing
		flush := func() error {
			if len(unit) == 0 {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			listings = listings[:0]
			for range unit {
				listings = append(listings, nil)
			}
			registered := false
			if b.register != nil {
				from, to := b.register.of(unit[0].SIRET.SIREN())
				registered = to > from
			}
			for i, l := range b.lists {
				b.report.Lists[i].Fallen += l.listings(unit, listings)
			}
			for i := range unit {
				e, ok := b.rules.Make(&unit[i], registered, listings[i])
				if !ok {
					continue
				}
				e.Successor = b.successors[e.SIRET]
				b.report.count(&e, &b.rules)
				if !yield(&e, nil) {
					return errStop
				}
			}
			unit = unit[:0]
			return nil
		}
		err := b.stock.entries(entriesPart, func(entry []byte) error {
			f, err := decodeFacts(entry)
			if err != nil {
				return err
			}
			if len(unit) > 0 && unit[0].SIRET.SIREN() != f.SIRET.SIREN() {
				if err := flush(); err != nil {
					return err
				}
			}
			unit = append(unit, f)
			return nil
		})
		if err == nil {
			err = flush()
		}
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

// maxUnknown bounds the unknown rows of a list that are written out: a
// national list over one département has a million.
const maxUnknown = 10_000

// unknown reports the rows of lists whose unit is not in the stock.
func (b *builder) unknown(bad *rejects) error {
	for i, l := range b.lists {
		r := &b.report.Lists[i]
		for n, matched := range l.matched {
			if matched {
				r.Matched++
				continue
			}
			if r.Unknown++; r.Unknown > maxUnknown || bad == nil {
				continue
			}
			e := l.entries[n]
			id := e.SIREN.String()
			if e.NIC != 0 {
				id += fmt.Sprintf("%05d", e.NIC)
			}
			err := bad.of(ofSnapshot, register.Reject{
				File: sourceName(l.source), Reason: "unité légale absente du stock (fermée, inconnue ou d'un autre département)", Text: strings.TrimSpace(id + " " + e.Kind),
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// successions reads who took over from whom; of a chain, the last.
func successions(stock *sourceFile) (map[register.SIRET]register.SIRET, error) {
	next := make(map[register.SIRET]register.SIRET)
	err := stock.entries(successionsPart, func(b []byte) error {
		d := decoder{s: string(b)}
		from, to := register.SIRET(d.uvarint()), register.SIRET(d.uvarint())
		next[from] = to
		return d.err
	})
	if err != nil {
		return nil, err
	}
	last := make(map[register.SIRET]register.SIRET, len(next))
	for from := range next {
		to := from
		for range 20 { // a chain that comes back to its beginning ends nowhere
			after, ok := next[to]
			if !ok {
				last[from] = to
				break
			}
			to = after
		}
	}
	return last, nil
}

// siretsFolder holds the SIRETs of the snapshot of each month.
const (
	siretsFolder = "sirets"
	siretsMonths = 36
)

// keepSIRETs writes the SIRETs of the stock, as of its month, and removes the
// lists older than three years: which establishments were there is known
// without their data.
func keepSIRETs(dir string, month string, all iter.Seq2[register.SIRET, error]) error {
	folder := filepath.Join(dir, sourceFolder, siretsFolder)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("keep the SIRETs: %w", err)
	}
	w, err := createSource(dir, filepath.Join(siretsFolder, month))
	if err != nil {
		return err
	}
	defer w.abort()
	if err := w.begin(entriesPart); err != nil {
		return err
	}
	n := 0
	var entry []byte
	for s, err := range all {
		if err != nil {
			return err
		}
		entry = strconv.AppendUint(entry[:0], uint64(s), 36)
		if err := w.entry(entry); err != nil {
			return err
		}
		n++
	}
	if err := w.finish(sourceMeta{Kind: "sirets", AsOf: clock.Day(month + "-01"), Entries: n}); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(folder, "*.zip"))
	if err != nil {
		return err
	}
	for _, path := range old[:max(0, len(old)-siretsMonths)] {
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("keep the SIRETs: %w", err)
		}
	}
	return nil
}

// jsonReport is the report as it is kept with a source.
func jsonReport(r *Report) json.RawMessage {
	text, err := json.Marshal(r)
	if err != nil {
		return nil
	}
	return text
}
