package directory

import (
	"encoding/json"
	"fmt"

	"passerelle/internal/clock"
	"passerelle/internal/directory/index"
)

// Where snapshots lie in the data folder, and the text file that names the
// one to be served.
const (
	snapshotFolder = "snapshots"
	currentFile    = "CURRENT"
)

// metaSection is the section of a snapshot that holds its Meta, as JSON.
const metaSection = "meta"

// A Meta says what a snapshot was made from.
type Meta struct {
	AsOf        clock.Day    `json:"as_of"` // of the stock files
	Made        int64        `json:"made"`  // instant, microseconds UTC
	Departments []string     `json:"departments"`
	Sources     []SourceMeta `json:"sources"`
	Counts      MetaCounts   `json:"counts"`
}

// A SourceMeta is a source a snapshot was made from.
type SourceMeta struct {
	Name string    `json:"name"` // sirene, rne, list:siae, …
	AsOf clock.Day `json:"as_of"`
	Rows int       `json:"rows"`
}

// MetaCounts are numbers of establishments of a snapshot.
type MetaCounts struct {
	Establishments int `json:"establishments"`
	Craft          int `json:"craft"`
	ESS            int `json:"ess"`
	Both           int `json:"both"`
	Masked         int `json:"masked"` // natural persons
}

// metaOf reads the Meta of a snapshot.
func metaOf(x *index.Index) (Meta, error) {
	text, ok := x.Section(metaSection)
	if !ok {
		return Meta{}, fmt.Errorf("it has no section %q: it is no snapshot of a directory", metaSection)
	}
	return parseMeta(text)
}

func parseMeta(text []byte) (Meta, error) {
	var m Meta
	if err := json.Unmarshal(text, &m); err != nil {
		return Meta{}, fmt.Errorf("read what the snapshot was made from: %w", err)
	}
	return m, nil
}
