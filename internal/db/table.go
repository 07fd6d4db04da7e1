package db

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// A Table is a table of the house as a copy of it must know it.
type Table struct {
	Name    string
	Columns []Column // in the order of the table
	Key     []string // columns of the primary key
}

// A Column is a column and the kind of its values.
type Column struct {
	Name string
	Kind Kind
}

// A Kind is what the values of a column are, whatever the engine calls it.
type Kind int

// The kinds of the migrations. SQLite has no booleans: there they are whole
// numbers, 0 and 1.
const (
	Text Kind = iota
	Whole
	Real
	Bytes
	Truth
)

// kindNames are the engines' words for the kinds.
var kindNames = map[string]Kind{
	"TEXT": Text, "INTEGER": Whole, "REAL": Real, "BLOB": Bytes,
	"text": Text, "bigint": Whole, "integer": Whole, "smallint": Whole, "double precision": Real, "bytea": Bytes, "boolean": Truth,
}

// A described is a line of what an engine says of its tables: a column and its
// turn in the primary key (0: none), or a table that is referred to.
type described struct {
	table, name, typ string
	turn             int64
}

// Tables returns the tables of the house, those that are referred to before
// those that refer to them. The engine's own and those of the migrations are
// left out. The versions of the tables at that moment come with them; 0 is
// none yet.
func (t *Tx) Tables(ctx context.Context) (tables []Table, version int64, err error) {
	columns, references := `
		SELECT m.name, c.name, c.type, c.pk
		FROM sqlite_master m
		JOIN pragma_table_info(m.name) c
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
		ORDER BY m.name, c.cid`, `
		SELECT m.name, f."table", '', 0
		FROM sqlite_master m
		JOIN pragma_foreign_key_list(m.name) f
		WHERE m.type = 'table'`
	if !t.lite {
		columns, references = `
		SELECT c.table_name, c.column_name, c.data_type, COALESCE((
			SELECT array_position(i.indkey::int2[], a.attnum) + 1
			FROM pg_index i
			JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = c.column_name
			WHERE i.indisprimary AND i.indrelid = (quote_ident(c.table_schema) || '.' || quote_ident(c.table_name))::regclass), 0)
		FROM information_schema.columns c
		JOIN information_schema.tables n ON n.table_schema = c.table_schema AND n.table_name = c.table_name AND n.table_type = 'BASE TABLE'
		WHERE c.table_schema = current_schema()
		ORDER BY c.table_name, c.ordinal_position`, `
		SELECT c.relname, r.relname, '', 0
		FROM pg_constraint k
		JOIN pg_class c ON c.oid = k.conrelid
		JOIN pg_class r ON r.oid = k.confrelid
		WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace`
	}
	scan := func(r *Row) (d described, err error) {
		err = r.Scan(&d.table, &d.name, &d.typ, &d.turn)
		return d, err
	}
	all, err := All(ctx, t, scan, columns)
	if err != nil {
		return nil, 0, fmt.Errorf("list tables: %w", err)
	}
	refers, err := All(ctx, t, scan, references)
	if err != nil {
		return nil, 0, fmt.Errorf("list references: %w", err)
	}
	if slices.ContainsFunc(all, func(d described) bool { return d.table == migrationsTable }) {
		if err := t.One(ctx, []any{&version}, `SELECT COALESCE(max(version_id), 0) FROM `+migrationsTable+` WHERE is_applied`); err != nil {
			return nil, 0, fmt.Errorf("read version of the database: %w", err)
		}
	}
	tables, err = gather(all)
	if err == nil {
		tables, err = ordered(tables, refers)
	}
	return tables, version, err
}

// migrationsTable is where the migrations note what they did.
const migrationsTable = "goose_db_version"

// gather makes tables of their columns, which come table by table.
func gather(all []described) ([]Table, error) {
	var tables []Table
	for _, d := range all {
		if d.table == migrationsTable {
			continue
		}
		kind, ok := kindNames[d.typ]
		if !ok {
			return nil, fmt.Errorf("%s.%s is of a type the house does not use: %s", d.table, d.name, d.typ)
		}
		if len(tables) == 0 || tables[len(tables)-1].Name != d.table {
			tables = append(tables, Table{Name: d.table})
		}
		last := &tables[len(tables)-1]
		last.Columns = append(last.Columns, Column{d.name, kind})
		if d.turn > 0 {
			for len(last.Key) < int(d.turn) {
				last.Key = append(last.Key, "")
			}
			last.Key[d.turn-1] = d.name
		}
	}
	return tables, nil
}

// ordered puts tables after those they refer to.
func ordered(tables []Table, refers []described) ([]Table, error) {
	var out []Table
	done := make(map[string]bool)
	for len(out) < len(tables) {
		before := len(out)
		for _, t := range tables {
			waits := slices.ContainsFunc(refers, func(d described) bool { return d.table == t.Name && d.name != t.Name && !done[d.name] })
			if !done[t.Name] && !waits {
				done[t.Name] = true
				out = append(out, t)
			}
		}
		if len(out) == before {
			return nil, errors.New("tables refer to each other in a circle")
		}
	}
	return out, nil
}

// Rows yields the rows of a table in the order of its key, with their values
// in that of its columns: nil, int64, float64, string, []byte, and bool on
// PostgreSQL.
func (t *Tx) Rows(ctx context.Context, table Table) iter.Seq2[[]any, error] {
	query := "SELECT " + names(table.Columns) + " FROM " + quoted(table.Name)
	if len(table.Key) > 0 {
		key := make([]string, len(table.Key))
		for i, name := range table.Key {
			key[i] = quoted(name)
		}
		query += " ORDER BY " + strings.Join(key, ", ")
	}
	return func(yield func([]any, error) bool) {
		values, dest := make([]any, len(table.Columns)), make([]any, len(table.Columns))
		for i := range values {
			dest[i] = &values[i]
		}
		for row, err := range t.Query(ctx, query) {
			if err == nil {
				err = row.Scan(dest...)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(values, nil) {
				return
			}
		}
	}
}

// mostParams is how many arguments a statement may have: SQLite takes 32766.
const mostParams = 8000

// Fill adds rows to a table, with values in the order of its columns.
func (t *Tx) Fill(ctx context.Context, table Table, rows [][]any) error {
	if len(table.Columns) == 0 {
		return nil
	}
	most := max(1, mostParams/len(table.Columns))
	for some := range slices.Chunk(rows, most) {
		var q strings.Builder
		q.WriteString("INSERT INTO " + quoted(table.Name) + " (" + names(table.Columns) + ") VALUES ")
		args := make([]any, 0, len(some)*len(table.Columns))
		for i, row := range some {
			if i > 0 {
				q.WriteString(", ")
			}
			q.WriteString("(" + In(len(args)+1, len(row)) + ")")
			args = append(args, row...)
		}
		if _, err := t.Exec(ctx, q.String(), args...); err != nil {
			return fmt.Errorf("fill %s: %w", table.Name, err)
		}
	}
	return nil
}

func names(columns []Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = quoted(c.Name)
	}
	return strings.Join(list, ", ")
}

// quoted is a name as SQL reads it, whatever is in it.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
