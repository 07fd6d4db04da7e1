// Command gen makes the reference data embedded by package place from the
// files of their producers.
//
// It is run by hand when the Code officiel géographique changes, once a year;
// what it reads and where that comes from is told in data/README.md. Every
// input is a flag and has no default, so that the program knows no machine.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var s sources
	flag.StringVar(&s.communes, "communes", "", "CSV of today's communes: code_insee, nom, epci, epci_nom, codes_postaux, population, lat_centroide, lon_centroide")
	flag.StringVar(&s.parts, "parts", "", "CSV of delegated and associated communes and boroughs: code, nom, type, commune_chef_lieu")
	flag.StringVar(&s.former, "former", "", "JSON of communes with their anciensCodes, as published by Etalab")
	flag.StringVar(&s.departments, "departments", "", "JSON of départements, as published by Etalab")
	flag.StringVar(&s.regions, "regions", "", "JSON of regions, as published by Etalab")
	flag.StringVar(&s.territories, "territories", "", "CSV of communes with their territory: code_insee, territoire_departemental_infere")
	flag.StringVar(&s.contours, "contours", "", "GeoJSON of communes, as published by Etalab")
	flag.StringVar(&s.centres, "centres", "", "TSV of centres placed by hand: code, latitude, longitude")
	flag.StringVar(&s.out, "out", "", "folder to write to")
	flag.Parse()
	if err := s.run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}
