package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"passerelle/internal/backup"
)

// restoring is the folder where the files of a house wait until all of it is
// right, and what the name of its SQLite database ends with until then.
const restoring = "restoring"

// liteFiles are the ends of the names of the files of a SQLite database; it has
// a journal until its log is on, which a stop at the wrong moment leaves.
var liteFiles = []string{"", "-wal", "-shm", "-journal"}

// The stages of a restore that are over.
const (
	stageBegun  = "begun"  // the database was empty, and is ours to fill
	stageFilled = "filled" // every row and file is there
	stageWhole  = "whole"  // erased again and verified: only to be moved in
)

// A stage is how far a restore has come, as the folder aside tells it to the
// one that goes on after a stop.
type stage struct {
	State    string          `json:"state"`
	Of       string          `json:"of"` // tells this backup into this database from others
	Head     backup.Head     `json:"head"`
	Manifest backup.Manifest `json:"manifest"`
	Report   settled         `json:"report"`
}

// A settled is what was done once the rows were there.
type settled struct {
	Again   again
	Acts    int64
	Waiting int
	Dropped int64
}

// stageOf tells the file of a backup put back into a database from any other.
func stageOf(file string, h backup.Head, database string) (string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(h)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(text, " %d %s", info.Size(), database))
	return hex.EncodeToString(sum[:]), nil
}

func stageFile(data string) string { return filepath.Join(data, restoring, "stage.json") }

// readStage reads how far a restore into a data folder has come: nowhere,
// where that cannot be read.
func readStage(data string) (s stage) {
	text, err := os.ReadFile(stageFile(data))
	if err != nil || json.Unmarshal(text, &s) != nil {
		return stage{}
	}
	return s
}

// write notes how far a restore has come, as a whole or not at all.
func (s stage) write(data string) (err error) {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	name := stageFile(data)
	f, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}

// refuseHalf refuses a data folder where a restore was stopped.
func refuseHalf(data string) error {
	_, err := os.Stat(filepath.Join(data, restoring))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("dossier de données : %w", err)
	}
	return fmt.Errorf("dans %s, une restauration s'est arrêtée avant sa fin : relancez « passerelle restore » comme la première fois", data)
}
