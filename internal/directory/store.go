package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/geo"
	"passerelle/internal/register"
)

// topic is the notice that tells of changes of the overlay.
const topic = "establishment_overlay"

func isNotFound(err error) bool { return errors.Is(err, db.ErrNotFound) }

const overlayColumns = `hidden, reason, words, labels, flags, lat, lon, wishes, resources, solicited, solicited_at`

// An overlayRow holds the columns of overlayColumns.
type overlayRow struct {
	hidden                           bool
	reason, words                    string
	labels, flags, wishes, resources string
	lat, lon                         *float64
	solicited                        float64
	solicitedAt                      int64
}

func (r *overlayRow) dest() []any {
	return []any{
		&r.hidden, &r.reason, &r.words, &r.labels, &r.flags, &r.lat, &r.lon, &r.wishes, &r.resources, &r.solicited, &r.solicitedAt,
	}
}

func (r *overlayRow) overlay() (Overlay, error) {
	o := Overlay{Hidden: r.hidden, Reason: r.reason, Words: r.words, Solicited: r.solicited}
	if r.solicitedAt != 0 {
		o.SolicitedAt = db.Time(r.solicitedAt)
	}
	if r.lat != nil && r.lon != nil {
		o.Point = &geo.Point{Lat: *r.lat, Lon: *r.lon}
	}
	for _, l := range []struct {
		text string
		into *[]string
	}{{r.labels, &o.Labels}, {r.flags, &o.Flags}, {r.wishes, &o.Wishes}, {r.resources, &o.Resources}} {
		if l.text == "[]" {
			continue
		}
		if err := json.Unmarshal([]byte(l.text), l.into); err != nil {
			return Overlay{}, fmt.Errorf("read a list: %w", err)
		}
	}
	return o, nil
}

// readOverlay returns what is said of an establishment, db.ErrNotFound when
// nothing ever was.
func readOverlay(ctx context.Context, t *db.Tx, s register.SIRET) (Overlay, error) {
	var r overlayRow
	err := t.One(ctx, r.dest(), `
		SELECT `+overlayColumns+`
		FROM establishment_overlay
		WHERE siret = $1`, int64(s))
	if err != nil {
		return Overlay{}, err
	}
	return r.overlay()
}

// writeOverlay writes what is said of an establishment and tells every node.
func writeOverlay(ctx context.Context, t *db.Tx, s register.SIRET, o Overlay, by Act, now time.Time) error {
	version, err := t.Notice(ctx, topic)
	if err != nil {
		return err
	}
	var lat, lon *float64
	if o.Point != nil {
		lat, lon = &o.Point.Lat, &o.Point.Lon
	}
	var solicitedAt int64
	if !o.SolicitedAt.IsZero() {
		solicitedAt = db.Micros(o.SolicitedAt)
	}
	var lists [4]string
	for i, l := range [][]string{o.Labels, o.Flags, o.Wishes, o.Resources} {
		if lists[i], err = jsonList(l); err != nil {
			return err
		}
	}
	_, err = t.Exec(ctx, `
		INSERT INTO establishment_overlay (siret, version, `+overlayColumns+`, who, on_behalf, channel, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (siret) DO UPDATE SET
			version = excluded.version, hidden = excluded.hidden, reason = excluded.reason, words = excluded.words,
			labels = excluded.labels, flags = excluded.flags, lat = excluded.lat, lon = excluded.lon,
			wishes = excluded.wishes, resources = excluded.resources, solicited = excluded.solicited,
			solicited_at = excluded.solicited_at, who = excluded.who, on_behalf = excluded.on_behalf,
			channel = excluded.channel, changed_at = excluded.changed_at`,
		int64(s), version, o.Hidden, o.Reason, o.Words, lists[0], lists[1], lat, lon, lists[2], lists[3], o.Solicited, solicitedAt,
		by.Who, by.For, by.Channel, db.Micros(now))
	return err
}

func jsonList(l []string) (string, error) {
	if len(l) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(l)
	return string(b), err
}

// readChanges returns the overlays written after a version, and the version
// of now.
func readChanges(ctx context.Context, d *db.DB, since int64) (map[register.SIRET]Overlay, int64, error) {
	changes := make(map[register.SIRET]Overlay)
	version := since
	err := d.Read(ctx, func(t *db.Tx) error {
		clear(changes)
		version = since
		err := t.One(ctx, []any{&version}, `SELECT version FROM notice WHERE topic = $1`, topic)
		if isNotFound(err) || err == nil && version == since {
			return nil
		}
		if err != nil {
			return err
		}
		for row, err := range t.Query(ctx, `
			SELECT siret, `+overlayColumns+`
			FROM establishment_overlay
			WHERE version > $1
			ORDER BY version`, since) {
			if err != nil {
				return err
			}
			var siret int64
			var r overlayRow
			if err := row.Scan(append([]any{&siret}, r.dest()...)...); err != nil {
				return err
			}
			if changes[register.SIRET(siret)], err = r.overlay(); err != nil {
				return fmt.Errorf("overlay of %014d: %w", siret, err)
			}
		}
		return nil
	})
	return changes, version, err
}
