// Command schema prints the tables of the database, as the migrations leave
// them, for docs/schema.sql: `make schema` writes it and a test keeps it
// fresh.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"passerelle/internal/db"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "passerelle-schema-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, "schema.db"))
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Migrate(ctx); err != nil {
		return err
	}
	text, err := d.Schema(ctx)
	if err != nil {
		return err
	}
	_, err = os.Stdout.WriteString(text)
	return err
}
