package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"passerelle/internal/clock"
	"passerelle/internal/place"
)

// The files of a matrix of travel times, among the sources of the data folder:
// what it says, and whose it is.
const (
	timesFile  = "travel-times.csv"
	timesAbout = "travel-times.json"
)

// timesOrigin is whose a matrix is.
type timesOrigin struct {
	Source string    `json:"source"`
	AsOf   clock.Day `json:"as_of"`
}

// TimesPath returns where a data folder keeps its matrix of travel times.
func TimesPath(dir string) string { return filepath.Join(dir, sourceFolder, timesFile) }

// LoadTimes loads the matrix of travel times that an operator imported, or
// fs.ErrNotExist.
func LoadTimes(dir string, places *place.Atlas) (*place.Times, error) {
	path := TimesPath(dir)
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the travel times of this house: %w", err)
	}
	defer f.Close()
	t, err := places.ReadTimes(f)
	if err != nil {
		return nil, fmt.Errorf("read the travel times of this house, %s: %w", path, err)
	}
	var about timesOrigin
	text, err := os.ReadFile(filepath.Join(dir, sourceFolder, timesAbout))
	if err == nil {
		err = json.Unmarshal(text, &about)
	}
	if err != nil {
		return nil, fmt.Errorf("whose travel times these are: %w", err)
	}
	t.Source, t.AsOf = about.Source, about.AsOf
	return t, nil
}

// SaveTimes keeps a matrix in the place of the one before.
func SaveTimes(dir string, t *place.Times) error {
	folder := filepath.Join(dir, sourceFolder)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	text, err := json.Marshal(timesOrigin{t.Source, t.AsOf})
	if err != nil {
		return err
	}
	// Whose it is first: a matrix never stands without.
	if err := replace(filepath.Join(folder, timesAbout), func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
		return fmt.Errorf("keep the travel times: %w", err)
	}
	if err := replace(TimesPath(dir), t.Write); err != nil {
		return fmt.Errorf("keep the travel times: %w", err)
	}
	return nil
}

// RemoveTimes takes the matrix away, if there is one.
func RemoveTimes(dir string) error {
	for _, name := range []string{timesFile, timesAbout} {
		if err := os.Remove(filepath.Join(dir, sourceFolder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("take the travel times away: %w", err)
		}
	}
	return nil
}

// replace writes a file that appears when it is whole.
func replace(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".import-*") // what is left of one that was killed, the next import takes away
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
