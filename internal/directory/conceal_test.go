package directory

import (
	"reflect"
	"testing"

	"passerelle/internal/geo"
)

// Every field of an establishment is either told of a masked person or not:
// one that is new must be put on a side.
func TestConceal(t *testing.T) {
	told := map[string]bool{
		"SIRET": true, "Mask": true, "Claims": true, "Family": true, "NAFA": true, "NAF": true, "NAF25": true, "Trade": true, "Sector": true,
		"LegalForm": true, "Size": true, "UnitSize": true, "Natural": true, "Head": true, "Created": true, "Territory": true, "Department": true, "Successor": true,
	}
	e := Establishment{}
	v := reflect.ValueOf(&e).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("said")
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Uint8, reflect.Uint32, reflect.Uint64:
			f.SetUint(1)
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		case reflect.Struct:
			f.Set(reflect.ValueOf(geo.Point{Lat: 50, Lon: 2}))
		default:
			t.Fatalf("%s is a %s: this test must learn to fill it", v.Type().Field(i).Name, f.Kind())
		}
	}
	e.conceal()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if name == "Precision" {
			if e.Precision != Nowhere {
				t.Errorf("Precision is %q", e.Precision)
			}
			continue
		}
		if v.Field(i).IsZero() == told[name] {
			t.Errorf("%s is %v; told of a masked person: %v", name, v.Field(i), told[name])
		}
	}
}
