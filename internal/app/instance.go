package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

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
	if err := readLogos(dir, i.Partners); err != nil {
		return i, fmt.Errorf("%s : %w", path, err)
	}
	if err := readable(i.Colours); err != nil {
		return i, fmt.Errorf("%s : %w", path, err)
	}
	return i, nil
}

// largestLogo bounds the file of a logo, in bytes: it is on every page.
const largestLogo = 200 << 10

// readLogos reads the logos of partners, files of the data folder and of no
// other.
func readLogos(dir string, partners []web.Partner) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for n := range partners {
		p := &partners[n]
		if p.Logo == "" {
			continue
		}
		if p.Picture, err = fs.ReadFile(root.FS(), filepath.ToSlash(p.Logo)); err != nil {
			return fmt.Errorf("logo de %s : %w ; il se place dans le dossier de données", p.Name, err)
		}
		if len(p.Picture) > largestLogo {
			return fmt.Errorf("logo de %s : %d Ko, il en faut %d au plus", p.Name, len(p.Picture)>>10, largestLogo>>10)
		}
		switch kind := http.DetectContentType(p.Picture); {
		case kind == "image/png", kind == "image/jpeg", kind == "image/webp":
			p.Type = kind
		case strings.HasSuffix(strings.ToLower(p.Logo), ".svg") && bytes.Contains(p.Picture, []byte("<svg")):
			p.Type = "image/svg+xml"
		default:
			return fmt.Errorf("logo de %s : il faut un SVG, un PNG, un JPEG ou un WebP", p.Name)
		}
	}
	return nil
}

// The words and the pages that the colours of a house stand beside, and the
// least contrast (WCAG 2.2, 1.4.3).
const (
	white         = "#FFFFFF"
	darkPage      = "#11181A"
	leastContrast = 4.5
)

// readable refuses colours that cannot be read.
func readable(c web.Colours) error {
	for name, pair := range map[string][2]string{"action": {c.Action, white}, "action_dark": {c.ActionDark, darkPage}} {
		if pair[0] == "" {
			continue
		}
		ratio, err := contrast(pair[0], pair[1])
		if err != nil {
			return fmt.Errorf("colours.%s : %w", name, err)
		}
		if ratio < leastContrast {
			return fmt.Errorf("colours.%s = %s ne se lit pas assez contre %s : contraste %.1f, il faut %.1f", name, pair[0], pair[1], ratio, leastContrast)
		}
	}
	return nil
}

// contrast is the ratio of WCAG 2.2 of two colours #rrggbb, 1 to 21.
func contrast(a, b string) (float64, error) {
	x, err := luminance(a)
	if err != nil {
		return 0, err
	}
	y, err := luminance(b)
	if err != nil {
		return 0, err
	}
	return (max(x, y) + 0.05) / (min(x, y) + 0.05), nil
}

func luminance(s string) (float64, error) {
	var c [3]uint8
	if n, err := fmt.Sscanf(s, "#%02x%02x%02x", &c[0], &c[1], &c[2]); err != nil || n != 3 || len(s) != 7 {
		return 0, fmt.Errorf("%q n'est pas une couleur #rrggbb", s)
	}
	sum := 0.0
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		v := float64(c[i]) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum, nil
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
