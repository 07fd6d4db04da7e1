package register

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"passerelle/internal/fold"
	"passerelle/internal/geo"
	"passerelle/internal/place"
)

// communeCode is the form of an INSEE code.
var communeCode = regexp.MustCompile(`^(\d{2}|2[AB])\d{3}$`)

// ReadContours reads the contours of communes: a GeoJSON collection whose
// features have a property code, as Etalab publishes it.
func ReadContours(path string) ([]place.Contour, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ouverture : %w", err)
	}
	return parseContours(path, text)
}

func parseContours(path string, text []byte) ([]place.Contour, error) {
	var c struct {
		Type     string `json:"type"`
		Features []struct {
			Properties map[string]any `json:"properties"`
			Geometry   struct {
				Type        string          `json:"type"`
				Coordinates json.RawMessage `json:"coordinates"`
			} `json:"geometry"`
		} `json:"features"`
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return nil, fmt.Errorf("%s : ce n'est pas du GeoJSON : %w", path, err)
	}
	if c.Type != "FeatureCollection" || len(c.Features) == 0 {
		return nil, fmt.Errorf("%s : il faut une FeatureCollection de communes (%w)", path, ErrFormat)
	}
	var out []place.Contour
	for i, f := range c.Features {
		code, _ := f.Properties["code"].(string)
		if !communeCode.MatchString(code) {
			return nil, fmt.Errorf("%s, contour %d : la propriété code n'est pas un code INSEE de commune : %q (%w)", path, i+1, code, ErrFormat)
		}
		polygons, err := parsePolygons(f.Geometry.Type, f.Geometry.Coordinates)
		if err != nil {
			return nil, fmt.Errorf("%s, contour %d (%s) : %w", path, i+1, code, err)
		}
		contour := place.Contour{Code: code}
		for _, polygon := range polygons {
			for _, ring := range polygon {
				points, err := parseRing(ring)
				if err != nil {
					return nil, fmt.Errorf("%s, contour %d (%s) : %w", path, i+1, code, err)
				}
				contour.Rings = append(contour.Rings, points)
			}
		}
		out = append(out, contour)
	}
	return out, nil
}

func parsePolygons(kind string, text json.RawMessage) (polygons [][][][]float64, err error) {
	switch kind {
	case "Polygon":
		polygons = make([][][][]float64, 1)
		err = json.Unmarshal(text, &polygons[0])
	case "MultiPolygon":
		err = json.Unmarshal(text, &polygons)
	default:
		err = fmt.Errorf("géométrie %q, il faut Polygon ou MultiPolygon (%w)", kind, ErrFormat)
	}
	return polygons, err
}

// parseRing reads a closed line of longitudes and latitudes.
func parseRing(ring [][]float64) ([]geo.Point, error) {
	var out []geo.Point
	for _, c := range ring {
		if len(c) < 2 {
			return nil, fmt.Errorf("un point n'a pas deux coordonnées (%w)", ErrFormat)
		}
		p := geo.Point{Lat: c[1], Lon: c[0]}
		if !p.Valid() {
			return nil, fmt.Errorf("le point %v n'est pas en longitude et latitude (%w)", c, ErrFormat)
		}
		out = append(out, p)
	}
	if n := len(out); n > 1 && out[0] == out[n-1] {
		out = out[:n-1]
	}
	if len(out) < 3 {
		return nil, fmt.Errorf("une ligne a moins de trois points (%w)", ErrFormat)
	}
	return out, nil
}

// ReadTerritories reads which commune is of which territory: a CSV with the
// columns commune and territory, and perhaps name.
func ReadTerritories(path string) ([]place.Territory, error) {
	at := make(map[string]int)
	var out []place.Territory
	seen := make(map[string]string)
	err := readTable(path, []string{"commune", "territory"}, func(line int64, get func(string) string) error {
		commune, name := get("commune"), get("territory")
		if !communeCode.MatchString(commune) {
			return fmt.Errorf("%s, ligne %d, colonne commune : %q n'est pas un code INSEE (%w)", path, line, commune, ErrFormat)
		}
		slug := fold.Slug(name)
		if slug == "" {
			return fmt.Errorf("%s, ligne %d, colonne territory : vide (%w)", path, line, ErrFormat)
		}
		if other, ok := seen[commune]; ok && other != slug {
			return fmt.Errorf("%s, ligne %d : la commune %s est déjà du territoire %s (%w)", path, line, commune, other, ErrFormat)
		}
		seen[commune] = slug
		i, ok := at[slug]
		if !ok {
			i, at[slug] = len(out), len(out)
			out = append(out, place.Territory{Slug: slug, Name: name})
		}
		if full := get("name"); full != "" {
			out[i].Name = full
		}
		out[i].Communes = append(out[i].Communes, commune)
		return nil
	})
	return out, err
}

// ReadCommunes reads communes: a CSV with the columns code_insee (or code) and
// nom, and any of departement, region, epci, codes_postaux, population,
// lat_centroide (or lat) and lon_centroide (or lon).
func ReadCommunes(path string) ([]place.Commune, error) {
	var out []place.Commune
	err := readTable(path, []string{"code_insee|code", "nom"}, func(line int64, get func(string) string) error {
		c := place.Commune{
			Code: get("code_insee|code"), Name: get("nom"), Department: get("departement|dep"), Region: get("region|reg"), EPCI: get("epci"),
			Postcodes: strings.FieldsFunc(get("codes_postaux"), func(r rune) bool { return r == '|' || r == ',' || r == ';' || r == ' ' }),
		}
		if !communeCode.MatchString(c.Code) || c.Name == "" {
			return fmt.Errorf("%s, ligne %d : il faut un code INSEE et un nom, et non %q et %q (%w)", path, line, c.Code, c.Name, ErrFormat)
		}
		for _, n := range []struct {
			name string
			into func(float64)
		}{
			{"population", func(f float64) { c.Population = int(f) }},
			{"lat_centroide|lat", func(f float64) { c.Centre.Lat = f }},
			{"lon_centroide|lon", func(f float64) { c.Centre.Lon = f }},
		} {
			text := get(n.name)
			if text == "" {
				continue
			}
			f, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return fmt.Errorf("%s, ligne %d, colonne %s : %q n'est pas un nombre (%w)", path, line, n.name, text, ErrFormat)
			}
			n.into(f)
		}
		if (c.Centre != geo.Point{}) {
			if !c.Centre.Valid() {
				return fmt.Errorf("%s, ligne %d : %v, %v n'est pas un point de la Terre (%w)", path, line, c.Centre.Lat, c.Centre.Lon, ErrFormat)
			}
			c.CentreFrom = place.CentreGiven
		}
		out = append(out, c)
		return nil
	})
	return out, err
}

// readTable reads a small CSV whole, by the names of its columns; a name may
// have others beside it, apart by a bar.
func readTable(path string, needed []string, each func(line int64, get func(string) string) error) (err error) {
	text, _, done, err := openText(path, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	r, err := newListReader(path, text)
	if err != nil {
		return err
	}
	for _, name := range needed {
		if r.anyColumn(name) < 0 {
			return fmt.Errorf("%s, ligne 1 : colonne « %s » absente ; colonnes trouvées : %s (%w)", path, name, strings.Join(r.header, ", "), ErrColumn)
		}
	}
	rows := 0
	for {
		fields, line, err := r.next()
		if err == io.EOF {
			if rows == 0 {
				return fmt.Errorf("%s : aucune ligne sous l'en-tête (%w)", path, ErrFormat)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s : %w", path, err)
		}
		rows++
		if err := each(line, func(name string) string {
			if i := r.anyColumn(name); i >= 0 && i < len(fields) {
				return strings.TrimSpace(fields[i])
			}
			return ""
		}); err != nil {
			return err
		}
	}
}

// anyColumn returns the place of the first of some headers that is there.
func (r *listReader) anyColumn(names string) int {
	for name := range strings.SplitSeq(names, "|") {
		if i := r.column(name); i >= 0 {
			return i
		}
	}
	return -1
}
