package directory

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"passerelle/internal/directory/index"
)

// StockDepartments returns the départements of the stock that is kept, nil
// for all of France, and whether there is a stock.
func StockDepartments(dir string) (departments []string, known bool, err error) {
	s, err := openSource(filepath.Join(dir, sourceFolder, stockName+".zip"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return s.meta.Departments, true, s.z.Close()
}

// A Checked is a thing that was verified.
type Checked struct {
	Path  string
	About string // what it is, in a few words
	Err   error
}

// Check verifies every byte of the snapshots and the sources of a data folder
// against their checksums, and that the snapshot to be served is there. An
// empty folder is healthy.
func Check(dir string) ([]Checked, error) {
	var all []Checked
	snapshots, err := filepath.Glob(filepath.Join(dir, snapshotFolder, "*.snapshot"))
	if err != nil {
		return nil, err
	}
	for _, path := range snapshots {
		c := Checked{Path: path, Err: index.Verify(path)}
		if text, err := index.PeekSection(path, metaSection); err == nil {
			if m, err := parseMeta(text); err == nil {
				c.About = fmt.Sprintf("%d établissements au %s", m.Counts.Establishments, m.AsOf)
			}
		}
		all = append(all, c)
	}
	_, name, err := currentState(dir)
	switch {
	case err == nil:
		all = append(all, Checked{Path: filepath.Join(dir, snapshotFolder, currentFile), About: name})
	case errors.Is(err, ErrNoSnapshot) && len(snapshots) == 0:
	default:
		all = append(all, Checked{Path: filepath.Join(dir, snapshotFolder, currentFile), Err: err})
	}
	var sources []string
	for _, pattern := range []string{"*.zip", filepath.Join(siretsFolder, "*.zip")} {
		paths, err := filepath.Glob(filepath.Join(dir, sourceFolder, pattern))
		if err != nil {
			return nil, err
		}
		sources = append(sources, paths...)
	}
	for _, path := range sources {
		c := Checked{Path: path}
		s, err := openSource(path)
		if err == nil {
			c.About = fmt.Sprintf("%s, %d entrées au %s", s.meta.Kind, s.meta.Entries, s.meta.AsOf)
			err = errors.Join(s.verify(), s.z.Close())
		}
		c.Err = err
		all = append(all, c)
	}
	if _, err := readOverrides(dir); err != nil {
		all = append(all, Checked{Path: filepath.Join(dir, sourceFolder, placesFile), Err: err})
	}
	return all, nil
}
