package db

import (
	"context"
	"fmt"
	"strings"
)

// Schema returns the statements that make the tables, views and indexes of
// the database, in order of name. It is for people to read, and is asked of
// SQLite, which keeps the statements as they were written.
func (d *DB) Schema(ctx context.Context) (string, error) {
	if !d.lite {
		return "", fmt.Errorf("write schema: %w", ErrEngine)
	}
	var b strings.Builder
	b.WriteString("-- The tables of Passerelle, written by `make schema`; the migrations make them.\n")
	b.WriteString("-- Instants are microseconds UTC, days 2006-01-02, money cents, booleans 0 or 1 on\n")
	b.WriteString("-- SQLite (true or false on PostgreSQL, where INTEGER here is BIGINT).\n")
	err := d.Read(ctx, func(t *Tx) error {
		for row, err := range t.Query(ctx, `
			SELECT sql FROM sqlite_schema
			WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite%' AND tbl_name NOT LIKE 'goose%'
			ORDER BY tbl_name, type DESC, name`) {
			if err != nil {
				return err
			}
			var sql string
			if err := row.Scan(&sql); err != nil {
				return err
			}
			b.WriteString("\n" + sql + ";\n")
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("write schema: %w", err)
	}
	return b.String(), nil
}
