package synth

import (
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// A parquetSink writes a Parquet file, a row group for each part. Workers
// fill the groups; the sink puts them in their order.
type parquetSink struct {
	//lint:ignore SA1019 the generic writer has no row groups that are filled side by side
	w *parquet.Writer
}

// A rowGroup is a row group being filled.
type rowGroup struct {
	w *parquet.ConcurrentRowGroupWriter
}

// columnsOf returns the columns of a file of the stock.
func columnsOf(file int) []column {
	return [...][]column{unitColumns, establishmentColumns, geolocationColumns, successionColumns}[file]
}

// schemaOf makes the schema of a file. It goes by way of a struct, which
// keeps the order of its fields, as parquet.Group does not. Pages are packed
// by Zstandard, whose encoder gives the same bytes on every processor; that of
// Snappy has assembly of its own for some.
func schemaOf(columns []column) *parquet.Schema {
	fields := make([]reflect.StructField, len(columns))
	for i, c := range columns {
		tag := c.name + ",optional"
		var t reflect.Type
		switch c.kind {
		case day:
			t, tag = reflect.TypeFor[int32](), tag+",date"
		case moment:
			t, tag = reflect.TypeFor[int64](), tag+",timestamp(microsecond)"
		case whole:
			t = reflect.TypeFor[int64]()
		case truth:
			t = reflect.TypeFor[bool]()
		case float:
			t = reflect.TypeFor[float32]()
		default:
			t = reflect.TypeFor[string]()
			if !scattered(c.name) {
				tag += ",dict"
			}
		}
		fields[i] = reflect.StructField{Name: fmt.Sprintf("C%d", i), Type: t, Tag: reflect.StructTag(`parquet:"` + tag + `,zstd"`)}
	}
	return parquet.SchemaOf(reflect.New(reflect.StructOf(fields)).Interface())
}

// scattered tells the columns whose values seldom come twice: a dictionary
// would only make them longer.
func scattered(name string) bool {
	for _, part := range []string{"siren", "siret", "denomination", "coordonnee", "identifiant", "enseigne1"} {
		if strings.HasPrefix(name, part) {
			return true
		}
	}
	return false
}

func newParquetSink(f *os.File, file int) *parquetSink {
	return &parquetSink{w: parquet.NewWriter(f, schemaOf(columnsOf(file)), parquet.CreatedBy("passerelle", "synth", ""))}
}

func (s *parquetSink) write(x *part, file int) error {
	if x.rows[file] == 0 {
		return nil
	}
	_, err := x.groups[file].w.Commit()
	return err
}

func (s *parquetSink) close() error { return s.w.Close() }

// columnValues are the values of a column, made again for each.
type columnValues []parquet.Value

// encode fills a row group with a table, a column after the other.
func (m *maker) encode(x *part, file int, t *table) error {
	rows := t.rows()
	if rows == 0 {
		return nil
	}
	if x.groups[file] == nil {
		x.groups[file] = &rowGroup{m.out.parquet[file].w.BeginRowGroup()}
	}
	for col, w := range x.groups[file].w.ColumnWriters() {
		m.values = m.values[:0]
		kind, null := t.columns[col].kind, parquet.NullValue().Level(0, 0, col)
		for row := range rows {
			cell := t.cell(row, col)
			if len(cell) == 0 {
				m.values = append(m.values, null)
				continue
			}
			v, err := valueOf(kind, cell)
			if err != nil {
				return fmt.Errorf("%s: %w", t.columns[col].name, err)
			}
			m.values = append(m.values, v.Level(0, 1, col))
		}
		if _, err := w.WriteRowValues(m.values); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// valueOf reads the value of a cell.
func valueOf(kind kind, cell []byte) (parquet.Value, error) {
	switch kind {
	case day:
		d, err := dayOf(cell)
		return parquet.Int32Value(int32(d)), err
	case moment:
		d, err := dayOf(cell[:10])
		if err != nil || len(cell) != 23 {
			return parquet.Value{}, fmt.Errorf("%q is no moment", cell)
		}
		n := func(from, to int) int64 { x, _ := strconv.Atoi(string(cell[from:to])); return int64(x) }
		return parquet.Int64Value(((d*24+n(11, 13))*60+n(14, 16))*60_000_000 + n(17, 19)*1_000_000 + n(20, 23)*1000), nil
	case whole:
		n, err := strconv.ParseInt(string(cell), 10, 64)
		return parquet.Int64Value(n), err
	case truth:
		return parquet.BooleanValue(cell[0] == 't'), nil
	case float:
		f, err := strconv.ParseFloat(string(cell), 32)
		return parquet.FloatValue(float32(f)), err
	}
	return parquet.ByteArrayValue(cell), nil
}

// dayOf reads a day as a number of days since 1970.
func dayOf(cell []byte) (int64, error) {
	if len(cell) != 10 {
		return 0, fmt.Errorf("%q is no day", cell)
	}
	n := func(b []byte) int {
		x := 0
		for _, c := range b {
			x = x*10 + int(c-'0')
		}
		return x
	}
	return time.Date(n(cell[:4]), time.Month(n(cell[5:7])), n(cell[8:]), 0, 0, 0, 0, time.UTC).Unix() / 86400, nil
}
