package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"passerelle/internal/place"
)

// placesFile holds an operator's own communes, territories and contours.
const placesFile = "places.json"

// LoadPlaces loads the atlas of the embedded reference data under the
// operator's own, which imports left in the data folder.
func LoadPlaces(dir string) (*place.Atlas, error) {
	o, err := readOverrides(dir)
	if err != nil {
		return nil, err
	}
	return place.LoadWith(o)
}

func readOverrides(dir string) (o place.Overrides, err error) {
	path := filepath.Join(dir, sourceFolder, placesFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return o, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err != nil {
		return o, fmt.Errorf("read the places of this house, %s: %w", path, err)
	}
	return o, nil
}

// ImportPlaces keeps places of the operator's own, which read gives: they
// join those kept before, or replace them. The snapshot is made anew.
func (im *Importer) ImportPlaces(ctx context.Context, read func(*place.Overrides) error) (Report, error) {
	return im.locked(func() (Report, error) {
		var given place.Overrides
		if err := read(&given); err != nil {
			return Report{}, err
		}
		kept, err := readOverrides(im.Dir)
		if err != nil {
			return Report{}, err
		}
		kept.Communes = over(kept.Communes, given.Communes, func(c place.Commune) string { return c.Code })
		kept.Contours = over(kept.Contours, given.Contours, func(c place.Contour) string { return c.Code })
		if len(given.Territories) > 0 {
			kept.Territories = given.Territories
		}
		if im.Places, err = place.LoadWith(kept); err != nil {
			return Report{}, err
		}
		text, err := json.Marshal(kept)
		if err != nil {
			return Report{}, fmt.Errorf("keep the places: %w", err)
		}
		if err := os.MkdirAll(filepath.Join(im.Dir, sourceFolder), 0o750); err != nil {
			return Report{}, fmt.Errorf("keep the places: %w", err)
		}
		bad, err := createRejects(im.Dir, "places")
		if err != nil {
			return Report{}, err
		}
		defer bad.abort()
		if err := writeFile(filepath.Join(im.Dir, sourceFolder, placesFile), text); err != nil {
			return Report{}, fmt.Errorf("keep the places: %w", err)
		}
		rows := int64(len(given.Communes) + len(given.Contours))
		for _, t := range given.Territories {
			rows += int64(len(t.Communes))
		}
		return im.conclude(ctx, Report{Source: "places", Rows: rows}, bad)
	})
}

// over puts things over those of the same key.
func over[T any](kept, given []T, key func(T) string) []T {
	had := make(map[string]bool, len(given))
	for _, g := range given {
		had[key(g)] = true
	}
	kept = slices.DeleteFunc(kept, func(k T) bool { return had[key(k)] })
	return append(kept, given...)
}
