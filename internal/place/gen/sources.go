package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/fold"
)

// sources are the paths of the producers' files, and of the folder to fill.
type sources struct {
	communes, parts, former, departments, regions string
	territories, contours, centres, out           string
}

func (s sources) run() error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"communes", s.writeCommunes},
		{"former communes", s.writeFormer},
		{"départements", s.writeDepartments},
		{"territories", s.writeTerritories},
		{"contours", s.writeContours},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// writeCommunes writes communes.tsv.gz (code, name, EPCI, postcodes,
// population, latitude and longitude in hundred-thousandths of a degree,
// origin of the centre) and epci.tsv.gz (SIREN, name).
func (s sources) writeCommunes() error {
	rows, err := readCSV(s.communes)
	if err != nil {
		return err
	}
	byHand, err := readCentres(s.centres)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a["code_insee"], b["code_insee"]) })
	means := meansOfEPCI(rows)
	epci := map[string]string{}
	var out bytes.Buffer
	for _, r := range rows {
		code := r["code_insee"]
		at, from := centre{}, "given"
		if r["lat_centroide"] != "" {
			if at, err = parseCentre(r["lat_centroide"], r["lon_centroide"]); err != nil {
				return fmt.Errorf("commune %s: %w", code, err)
			}
		} else if at, from = byHand[code], "approximate"; at == (centre{}) {
			if at, from = means[r["epci"]], "epci"; at == (centre{}) {
				return fmt.Errorf("commune %s %s has no centre and no EPCI: add it to %s", code, r["nom"], s.centres)
			}
		}
		if e := r["epci"]; e != "" {
			epci[e] = r["epci_nom"]
		}
		fields := []string{
			code, r["nom"], r["epci"], r["codes_postaux"], r["population"],
			strconv.Itoa(int(math.Round(at.lat * 1e5))), strconv.Itoa(int(math.Round(at.lon * 1e5))), from,
		}
		if err := writeRow(&out, fields); err != nil {
			return err
		}
	}
	if err := s.writeZipped("communes.tsv.gz", out.Bytes()); err != nil {
		return err
	}
	out.Reset()
	for _, code := range slices.Sorted(maps.Keys(epci)) {
		if err := writeRow(&out, []string{code, epci[code]}); err != nil {
			return err
		}
	}
	return s.writeZipped("epci.tsv.gz", out.Bytes())
}

// writeFormer writes former.tsv.gz: code, code of today's commune, kind, name
// where it is known.
func (s sources) writeFormer() error {
	parts, err := readCSV(s.parts)
	if err != nil {
		return err
	}
	kinds := map[string]string{
		"commune-deleguee":         "delegated",
		"commune-associee":         "associated",
		"arrondissement-municipal": "borough",
	}
	type former struct{ code, of, kind, name string }
	var all []former
	known := map[string]bool{}
	for _, r := range parts {
		kind, ok := kinds[r["type"]]
		if !ok {
			return fmt.Errorf("%s: unknown type %q", r["code"], r["type"])
		}
		all = append(all, former{r["code"], r["commune_chef_lieu"], kind, r["nom"]})
		known[r["code"]] = true
	}
	var communes []struct {
		Code   string   `json:"code"`
		Type   string   `json:"type"`
		Former []string `json:"anciensCodes"`
	}
	if err := readJSON(s.former, &communes); err != nil {
		return err
	}
	for _, c := range communes {
		if c.Type != "commune-actuelle" {
			continue
		}
		for _, code := range c.Former {
			if !known[code] {
				known[code] = true
				all = append(all, former{code: code, of: c.Code, kind: "gone"})
			}
		}
	}
	slices.SortFunc(all, func(a, b former) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.name, b.name))
	})
	var out bytes.Buffer
	for _, f := range all {
		if err := writeRow(&out, []string{f.code, f.of, f.kind, f.name}); err != nil {
			return err
		}
	}
	return s.writeZipped("former.tsv.gz", out.Bytes())
}

// writeDepartments writes departments.tsv: code, name, code and name of the
// region.
func (s sources) writeDepartments() error {
	var departments, regions []struct {
		Code   string `json:"code"`
		Region string `json:"region"`
		Name   string `json:"nom"`
	}
	if err := readJSON(s.departments, &departments); err != nil {
		return err
	}
	if err := readJSON(s.regions, &regions); err != nil {
		return err
	}
	names := map[string]string{}
	for _, r := range regions {
		names[r.Code] = r.Name
	}
	slices.SortFunc(departments, func(a, b struct {
		Code   string `json:"code"`
		Region string `json:"region"`
		Name   string `json:"nom"`
	},
	) int {
		return cmp.Compare(a.Code, b.Code)
	})
	var out bytes.Buffer
	for _, d := range departments {
		region := cmp.Or(d.Region, d.Code) // a collectivity is its own region
		if err := writeRow(&out, []string{d.Code, d.Name, region, cmp.Or(names[region], d.Name)}); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(s.out, "departments.tsv"), out.Bytes(), 0o644)
}

// writeTerritories writes territories.csv in the format of "passerelle import
// territories": commune, territory.
func (s sources) writeTerritories() error {
	rows, err := readCSV(s.territories)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(
			cmp.Compare(fold.Key(a["territoire_departemental_infere"]), fold.Key(b["territoire_departemental_infere"])),
			cmp.Compare(a["code_insee"], b["code_insee"]))
	})
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write([]string{"commune", "territory"})
	for _, r := range rows {
		w.Write([]string{r["code_insee"], r["territoire_departemental_infere"]})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.out, "territories.csv"), out.Bytes(), 0o644)
}

// row is a line of a CSV file by column.
type row map[string]string

func readCSV(path string) ([]row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var rows []row
	for {
		record, err := r.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		m := make(row, len(header))
		for i, h := range header {
			m[h] = record[i]
		}
		rows = append(rows, m)
	}
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// centre is a position in degrees.
type centre struct{ lat, lon float64 }

func parseCentre(lat, lon string) (centre, error) {
	y, err := strconv.ParseFloat(lat, 64)
	if err != nil {
		return centre{}, err
	}
	x, err := strconv.ParseFloat(lon, 64)
	if err != nil {
		return centre{}, err
	}
	return centre{y, x}, nil
}

func readCentres(path string) (map[string]centre, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := map[string]centre{}
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 3 {
			return nil, fmt.Errorf("%s: %q has %d columns, want 3", path, line, len(f))
		}
		if m[f[0]], err = parseCentre(f[1], f[2]); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", path, f[0], err)
		}
	}
	return m, nil
}

// meansOfEPCI returns the mean of the known centres of each EPCI.
func meansOfEPCI(rows []row) map[string]centre {
	sums, n := map[string]centre{}, map[string]float64{}
	for _, r := range rows {
		c, err := parseCentre(r["lat_centroide"], r["lon_centroide"])
		if err != nil || r["epci"] == "" {
			continue
		}
		s := sums[r["epci"]]
		sums[r["epci"]] = centre{s.lat + c.lat, s.lon + c.lon}
		n[r["epci"]]++
	}
	for k, s := range sums {
		sums[k] = centre{s.lat / n[k], s.lon / n[k]}
	}
	return sums
}

func writeRow(w *bytes.Buffer, fields []string) error {
	for _, f := range fields {
		if strings.ContainsAny(f, "\t\n") {
			return fmt.Errorf("%q holds a tab or a line end", f)
		}
	}
	w.WriteString(strings.Join(fields, "\t"))
	w.WriteByte('\n')
	return nil
}

// writeZipped writes b compressed, without a date, so that the same input
// gives the same bytes.
func (s sources) writeZipped(name string, b []byte) error {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.out, name), out.Bytes(), 0o644)
}
