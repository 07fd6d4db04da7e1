package web

import (
	"io/fs"
	"os"
	"sync"
	"testing"
	"testing/fstest"

	"passerelle/internal/directory/directorytest"
	"passerelle/internal/locale"
	"passerelle/internal/match"
	"passerelle/internal/trade"
)

// What no test changes is made once for all of them: every test opens a house
// of its own, and reading these again was half of its time.

var loadWords = sync.OnceValues(locale.Load)

func wordsOf(t testing.TB) *locale.Catalogues {
	t.Helper()
	return directorytest.Loaded(t, loadWords)
}

var loadRules = sync.OnceValues(func() (*match.Rules, error) {
	trades, err := trade.Load()
	if err != nil {
		return nil, err
	}
	return match.Load(trades)
})

// residentsFiles returns the data folder of the residents, in memory, with the
// register before today's.
func residentsFiles(t testing.TB) fs.FS {
	t.Helper()
	residentsMade.Do(func() {
		dir := t.TempDir()
		directorytest.Write(t, dir, "2026-10-01", formerResidents())
		directorytest.Write(t, dir, directorytest.AsOf, residents())
		files := make(fstest.MapFS)
		err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(os.DirFS(dir), path)
			files[path] = &fstest.MapFile{Data: data, Mode: 0o644}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		residentsKept = files
	})
	return residentsKept
}

var (
	residentsMade sync.Once
	residentsKept fstest.MapFS
)
