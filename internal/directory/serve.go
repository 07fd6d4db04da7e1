package directory

import (
	"context"
	"log/slog"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory/query"
	"passerelle/internal/geo"
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
	config Config
}

// Open opens the snapshot that DIR/snapshots/CURRENT names. Where there is
// none yet, the Directory answers ErrNoSnapshot until Watch finds one.
func Open(ctx context.Context, c Config) (*Directory, error) {
	return &Directory{config: c}, nil
}

// Close releases the snapshot. No question may be under way.
func (d *Directory) Close() error { return nil }

// Watch swaps to a new snapshot and takes in changes of the overlay, each
// within a second, until ctx is done.
func (d *Directory) Watch(ctx context.Context) { <-ctx.Done() }

// Ready reports whether a snapshot is served.
func (d *Directory) Ready() bool { return false }

// AsOf returns the date of the register served; empty without a snapshot.
func (d *Directory) AsOf() clock.Day { return "" }

// Terms returns what a query may name, for query.Parse.
func (d *Directory) Terms() query.Terms {
	return query.Terms{Places: d.config.Places, Trades: d.config.Trades}
}

// Search answers a query.
func (d *Directory) Search(q query.Query) (Result, error) { return Result{}, ErrNoSnapshot }

// Establishment returns an establishment of the directory: db.ErrNotFound
// when the registers never had it, a *GoneError when an earlier one did.
func (d *Directory) Establishment(s register.SIRET) (Establishment, error) {
	return Establishment{}, ErrNoSnapshot
}

// Unit returns the establishments of a legal unit, its head office first.
func (d *Directory) Unit(s register.SIREN) []Establishment { return nil }

// Nearby returns the n establishments of a world ("" is either) nearest to s,
// without s and its own unit. It is ErrPlaceless when s is a masked natural
// person or has no position.
func (d *Directory) Nearby(s register.SIRET, world query.World, n int) ([]Hit, error) {
	return nil, ErrNoSnapshot
}

// Clusters returns the spots of a map view: q.Box is the view, zoom its level
// (0 to 20).
func (d *Directory) Clusters(q query.Query, zoom int) ([]Cluster, error) { return nil, ErrNoSnapshot }

// Counts returns the number of establishments by every dimension, of the
// territory named, or of everything when it is empty. It is computed once for
// a snapshot.
func (d *Directory) Counts(territory string) (Counts, error) { return Counts{}, ErrNoSnapshot }

// Counts are numbers of establishments. A masked natural person is counted.
type Counts struct {
	Total int
	// By holds, for each dimension (ByWorld, BySector…), the number of
	// establishments that have each value; values of none are absent.
	By map[string]map[string]int
}

// N returns the number of establishments that have value in a dimension.
func (c Counts) N(dim, value string) int { return c.By[dim][value] }

var _ = geo.Point{}
