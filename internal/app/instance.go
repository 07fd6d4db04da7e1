package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"passerelle/internal/web"
)

// ignTiles is where the default base map comes from.
const ignTiles = "https://data.geopf.fr"

// readInstance reads instance.json of the data folder. Without the file, the
// zero Instance: everything is « à compléter ». A field that is not known is
// an error, since the operator meant something by it.
func readInstance(dir string) (web.Instance, error) {
	var i web.Instance
	path := filepath.Join(dir, "instance.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return i, nil
	}
	if err != nil {
		return i, fmt.Errorf("identité de la maison : %w", err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&i); err != nil {
		line := 1 + bytes.Count(text[:min(int(d.InputOffset()), len(text))], []byte("\n"))
		return i, fmt.Errorf("%s, ligne %d : %w", path, line, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return i, fmt.Errorf("%s : du texte suit l'objet JSON", path)
	}
	if _, err := tileHosts(i.Tiles); err != nil {
		return i, fmt.Errorf("%s : %w", path, err)
	}
	return i, nil
}

// tileHosts returns the origins from which the pages may load the base map.
func tileHosts(tiles string) ([]string, error) {
	switch tiles {
	case "":
		return []string{ignTiles}, nil
	case "none":
		return nil, nil
	}
	u, err := url.Parse(tiles)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("tiles = %q : il faut une adresse https://… avec {z}, {x} et {y}, ou none", tiles)
	}
	return []string{u.Scheme + "://" + u.Host}, nil
}
