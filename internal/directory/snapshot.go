package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"passerelle/internal/directory/index"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// keptSnapshots is how many snapshots stay on the shelf: the one served, the
// one before it for a return, and those that tell what is gone from what
// never was.
const keptSnapshots = 4

// WriteSnapshot writes the establishments of all, in any order and each SIRET
// once, as a snapshot of dir, and makes it the one to be served. Until its
// last act, nothing of what is served changes: killed at any instant, the
// snapshot of before still serves. m.Counts is counted here.
//
// The oldest snapshots beyond the fourth are removed.
func WriteSnapshot(dir string, m Meta, places *place.Atlas, trades *trade.Table, all iter.Seq2[*Establishment, error]) (path string, _ Meta, err error) {
	folder := filepath.Join(dir, snapshotFolder)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", m, fmt.Errorf("write a snapshot: %w", err)
	}
	b := index.NewBuilder(schema(), index.BuilderOptions{TempDir: folder})
	say(b, places, trades)
	m.Counts = MetaCounts{}
	said := make(map[string]bool)
	for e, err := range all {
		if err != nil {
			return "", m, err
		}
		if e.NAF != "" && !said[e.NAF] {
			said[e.NAF] = true
			sayNAF(b, e.NAF, trades)
		}
		m.Counts.add(e)
		if err := b.Add(doc(e, places)); err != nil {
			return "", m, fmt.Errorf("write a snapshot: establishment %s: %w", e.SIRET, err)
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		return "", m, fmt.Errorf("write a snapshot: %w", err)
	}
	b.Section(metaSection, text)
	name := fmt.Sprintf("%s-%013x.snapshot", strings.ReplaceAll(string(m.AsOf), "-", ""), m.Made)
	path = filepath.Join(folder, name)
	if err := b.WriteFile(path); err != nil {
		return "", m, fmt.Errorf("write a snapshot: %w", err)
	}
	if err := writeFile(filepath.Join(folder, currentFile), []byte(name+"\n")); err != nil {
		return "", m, fmt.Errorf("name the snapshot to serve: %w", err)
	}
	return path, m, sweep(folder, name)
}

func (c *MetaCounts) add(e *Establishment) {
	c.Establishments++
	inCraft, inESS := e.In(craft), e.In(ess)
	if inCraft {
		c.Craft++
	}
	if inESS {
		c.ESS++
	}
	if inCraft && inESS {
		c.Both++
	}
	if e.Mask == MaskedPerson {
		c.Masked++
	}
}

// sweep removes the oldest snapshots, and what a killed import left behind.
// The snapshots' names sort by date of the register, then of making.
func sweep(folder, current string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("sweep the snapshots: %w", err)
	}
	var names []string
	for _, e := range entries {
		switch name := e.Name(); {
		case name == current:
		case strings.HasSuffix(name, ".snapshot"):
			names = append(names, name)
		case name != currentFile:
			if err := os.RemoveAll(filepath.Join(folder, name)); err != nil {
				return fmt.Errorf("sweep the snapshots: %w", err)
			}
		}
	}
	slices.Sort(names)
	for _, name := range names[:max(0, len(names)-(keptSnapshots-1))] {
		if err := os.Remove(filepath.Join(folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("sweep the snapshots: %w", err)
		}
	}
	return nil
}

// writeFile replaces the file at path as a whole: a reader, or the next start
// after a crash, sees the old one or the new one.
func writeFile(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o640), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names of a folder last.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
