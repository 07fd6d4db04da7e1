package directory

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory/index"
	"passerelle/internal/directory/query"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A Config is what a Directory is made of.
type Config struct {
	Dir    string // the data folder
	Places *place.Atlas
	Trades *trade.Table
	DB     *db.DB // nil: no overlay
	Clock  clock.Clock
	Log    *slog.Logger
}

// A Directory answers questions about establishments from the newest
// snapshot, under the live overlay. It is safe for any number of readers.
type Directory struct {
	config  Config
	served  atomic.Pointer[served] // nil until there is a snapshot
	version atomicText             // names what is served, see Version

	taking  sync.Mutex // held by what changes what is served, while it reads files or the database
	noticed int64      // version of the overlay that is taken in
	refused string     // the state of CURRENT that could not be served
	deaf    bool       // the database did not answer last time

	// mu guards overlay and is held for no wait: what is said of an establishment
	// is asked within transactions, whose connections taking may wait for.
	mu      sync.RWMutex
	overlay map[register.SIRET]Overlay
}

// An atomicText is a string that one goroutine sets and others read.
type atomicText struct{ p atomic.Pointer[string] }

func (t *atomicText) set(s string) { t.p.Store(&s) }

func (t *atomicText) text() string {
	if s := t.p.Load(); s != nil {
		return *s
	}
	return ""
}

// A served is a snapshot under the overlay. A search takes the one there is
// and keeps it until its answer is decoded; the file stays mapped as long.
type served struct {
	state   string // of CURRENT when it was opened, see currentState
	name    string // of the file
	base    *index.Index
	live    *index.Live
	meta    Meta
	labels  []string                         // slugs carried
	imposed map[register.SIRET]Establishment // masked by a newer register than the one served
	counts  sync.Map                         // Counts by territory
	older   func() []older                   // snapshots of before, opened when first asked for
}

// An older snapshot is kept to tell what is gone from what never was.
type older struct {
	meta Meta
	base *index.Index
}

// watchEvery is how often Watch looks; what it finds is served well within a
// second.
const watchEvery = 300 * time.Millisecond

// Open opens the snapshot that DIR/snapshots/CURRENT names, and the overlay.
// Where there is no snapshot yet, the Directory answers ErrNoSnapshot until
// Watch finds one.
func Open(ctx context.Context, c Config) (*Directory, error) {
	d := &Directory{config: c, overlay: make(map[register.SIRET]Overlay)}
	if c.DB != nil {
		if err := d.refresh(ctx); err != nil {
			return nil, err
		}
	}
	if err := d.reopen(); err != nil && !errors.Is(err, ErrNoSnapshot) {
		return nil, err
	}
	d.renew()
	return d, nil
}

// Close lets the snapshot go once the last question is answered.
func (d *Directory) Close() error {
	d.taking.Lock()
	defer d.taking.Unlock()
	d.served.Store(nil)
	return nil
}

// Watch swaps to a new snapshot and takes in changes of the overlay, each
// within a second, until ctx is done. A snapshot that cannot be served is
// logged, and the one that is served stays.
func (d *Directory) Watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if d.config.DB != nil {
			d.follow(ctx)
		}
		if err := d.reopen(); err != nil && !errors.Is(err, ErrNoSnapshot) {
			d.config.Log.Error("the new snapshot is refused; what is served stays", slog.Any("error", err))
		}
	}
}

// reopen serves what CURRENT names, if that is not what is served. A state of
// CURRENT that was refused is not tried again.
func (d *Directory) reopen() error {
	state, name, err := currentState(d.config.Dir)
	if err != nil {
		return err
	}
	d.taking.Lock()
	defer d.taking.Unlock()
	v := d.served.Load()
	if v != nil && v.state == state || d.refused == state {
		return nil
	}
	next, err := d.openServed(name, state)
	if err != nil {
		d.refused = state
		return err
	}
	d.refused = ""
	d.served.Store(next)
	d.renew()
	if v != nil {
		d.config.Log.Info("serving another snapshot", slog.String("name", name), slog.Int("establishments", next.live.Len()))
	}
	return nil
}

// openServed opens a snapshot and lays over it what is said over the
// registers. d.taking is held.
func (d *Directory) openServed(name, state string) (*served, error) {
	path := filepath.Join(d.config.Dir, snapshotFolder, name)
	base, err := index.Open(path)
	if err != nil {
		return nil, err
	}
	meta, err := metaOf(base)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", path, err)
	}
	v := &served{state: state, name: name, base: base, live: index.NewLive(base), meta: meta}
	shelf, err := d.shelf(name)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", path, err)
	}
	v.older = sync.OnceValue(func() []older { return d.openOlder(v, shelf) })
	if v.imposed, err = d.masksOfToday(v, shelf); err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", path, err)
	}
	now := d.config.Clock.Now()
	var put []index.Doc
	for _, e := range v.imposed {
		put = append(put, doc(&e, d.config.Places))
	}
	if err := v.apply(put, nil, nil, nil); err != nil {
		return nil, err
	}
	if err := v.lay(d.overlay, d.config, now); err != nil {
		return nil, err
	}
	answer, err := v.live.Search(index.Request{Facets: []string{ByLabel}})
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", path, err)
	}
	for _, c := range answer.Facets[ByLabel] {
		v.labels = append(v.labels, c.Value)
	}
	return v, nil
}

// currentState returns the name of the snapshot to be served, and a text that
// changes whenever another is, even one of the same name. Without any it
// returns ErrNoSnapshot.
func currentState(dir string) (state, name string, err error) {
	folder := filepath.Join(dir, snapshotFolder)
	text, err := os.ReadFile(filepath.Join(folder, currentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", ErrNoSnapshot
	}
	if err != nil {
		return "", "", fmt.Errorf("find the snapshot: %w", err)
	}
	name = strings.TrimSpace(string(text))
	if name == "" {
		return "", "", ErrNoSnapshot
	}
	if name != filepath.Base(name) {
		return "", "", fmt.Errorf("find the snapshot: %s names %q, which is not a file beside it", currentFile, name)
	}
	info, err := os.Stat(filepath.Join(folder, name))
	if err != nil {
		return "", "", fmt.Errorf("find the snapshot: %w", err)
	}
	return name + " " + strconv.FormatInt(info.ModTime().UnixNano(), 36) + " " + strconv.FormatInt(info.Size(), 36), name, nil
}

// A shelved snapshot lies beside the one that is served.
type shelved struct {
	path string
	meta Meta
}

// shelf returns the other snapshots of the data folder. One that cannot be
// read is logged and left out.
func (d *Directory) shelf(name string) ([]shelved, error) {
	paths, err := filepath.Glob(filepath.Join(d.config.Dir, snapshotFolder, "*.snapshot"))
	if err != nil {
		return nil, err
	}
	var out []shelved
	for _, path := range paths {
		if filepath.Base(path) == name {
			continue
		}
		text, err := index.PeekSection(path, metaSection)
		var meta Meta
		if err == nil {
			meta, err = parseMeta(text)
		}
		if err != nil {
			d.config.Log.Warn("a snapshot beside the one served cannot be read", slog.Any("error", err))
			continue
		}
		out = append(out, shelved{path, meta})
	}
	return out, nil
}

// masksOfToday returns the establishments of v that a newer register on the
// shelf masks and v does not: an operator may go back to an older snapshot,
// never to what its people have refused since.
func (d *Directory) masksOfToday(v *served, shelf []shelved) (map[register.SIRET]Establishment, error) {
	imposed := make(map[register.SIRET]Establishment)
	since := make(map[register.SIRET]clock.Day) // of the register that imposes
	for _, s := range shelf {
		if s.meta.AsOf < v.meta.AsOf || s.meta.AsOf == v.meta.AsOf && s.meta.Made <= v.meta.Made {
			continue
		}
		newer, err := index.Open(s.path)
		if err != nil {
			return nil, fmt.Errorf("look for what a newer register masks: %w", err)
		}
		for id, stored := range newer.Each() {
			siret := register.SIRET(id)
			mask := maskingOf(stored)
			if mask == Shown || s.meta.AsOf < since[siret] {
				continue
			}
			e, err := v.original(siret)
			if isNotFound(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if e.Mask >= mask {
				continue
			}
			if imposed[siret], err = decodeEstablishment(stored); err != nil {
				return nil, err
			}
			since[siret] = s.meta.AsOf
		}
		runtime.KeepAlive(newer)
	}
	return imposed, nil
}

// maskingOf reads the masking of an establishment's bytes.
func maskingOf(stored []byte) Masking {
	if len(stored) < 2 {
		return Shown
	}
	return Masking(stored[1] & 3)
}

// openOlder opens the snapshots of before the one served.
func (d *Directory) openOlder(v *served, shelf []shelved) []older {
	var out []older
	for _, s := range shelf {
		if s.meta.AsOf >= v.meta.AsOf {
			continue
		}
		x, err := index.Open(s.path)
		if err != nil {
			d.config.Log.Warn("an older snapshot cannot be read", slog.Any("error", err))
			continue
		}
		out = append(out, older{s.meta, x})
	}
	return out
}

// lastSeen returns the date of the newest register older than the one served
// that has an establishment; empty when none kept here has.
func (v *served) lastSeen(s register.SIRET) clock.Day {
	var last clock.Day
	for _, o := range v.older() {
		if _, ok := o.base.Stored(uint64(s)); ok && o.meta.AsOf > last {
			last = o.meta.AsOf
		}
	}
	return last
}

// original returns what the registers say of an establishment, whatever lies
// over it.
func (v *served) original(s register.SIRET) (Establishment, error) {
	if e, ok := v.imposed[s]; ok {
		return e, nil
	}
	stored, ok := v.base.Stored(uint64(s))
	if !ok {
		return Establishment{}, db.ErrNotFound
	}
	return decodeEstablishment(stored)
}

// renew names what is served anew. d.taking is held.
func (d *Directory) renew() {
	h := fnv.New64a()
	if v := d.served.Load(); v != nil {
		fmt.Fprintln(h, v.state, v.meta.AsOf)
		v.counts.Clear()
	}
	d.version.set(strconv.FormatUint(h.Sum64(), 36) + "-" + strconv.FormatInt(d.noticed, 36))
}

// Version names what is served: as long as it stays, every answer does.
func (d *Directory) Version() string { return d.version.text() }

// Ready reports whether a snapshot is served.
func (d *Directory) Ready() bool { return d.served.Load() != nil }

// Meta returns what is known of the snapshot served.
func (d *Directory) Meta() Meta {
	if v := d.served.Load(); v != nil {
		return v.meta
	}
	return Meta{}
}

// AsOf returns the date of the register served; empty without a snapshot.
func (d *Directory) AsOf() clock.Day { return d.Meta().AsOf }

// Size returns the number of establishments that can be found.
func (d *Directory) Size() int {
	if v := d.served.Load(); v != nil {
		return v.live.Len()
	}
	return 0
}

// Terms returns what a query may name, for query.Parse.
func (d *Directory) Terms() query.Terms {
	t := query.Terms{Places: d.config.Places, Trades: d.config.Trades}
	if v := d.served.Load(); v != nil {
		t.Labels = v.labels
	}
	return t
}
