package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib"
	"passerelle/internal/geo"
)

// postgres is PostgreSQL with PostGIS as an expert would tune it: a covering
// index (trade, lat, lon), a composite GiST index for the nearest of a side,
// GIN on an unaccented tsvector, trigrams for typing errors, inline great
// circles instead of the geography type.
type postgres struct {
	pool *pgxpool.Pool
}

func (*postgres) Name() string { return "postgres" }

func openPostgres(ctx context.Context, url string, docs []Doc) (*postgres, error) {
	name := fmt.Sprintf("bench%d", len(docs))
	admin, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer admin.Close(ctx)
	var have bool
	if err := admin.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&have); err != nil {
		return nil, err
	}
	if !have {
		if _, err := admin.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"); err != nil {
			return nil, err
		}
	}
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.ConnConfig.Database = name
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &postgres{pool}
	if !have {
		if err := s.load(ctx, docs); err != nil {
			return nil, err
		}
	}
	return s, s.exec(ctx,
		"CREATE EXTENSION IF NOT EXISTS pg_prewarm",
		"SELECT sum(pg_prewarm(indexrelid)) FROM pg_index WHERE indrelid = 'e'::regclass",
		"SELECT pg_prewarm('e')")
}

func (s *postgres) exec(ctx context.Context, statements ...string) error {
	for _, q := range statements {
		if _, err := s.pool.Exec(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}

func (s *postgres) load(ctx context.Context, docs []Doc) error {
	for _, e := range []string{"postgis", "pg_trgm", "btree_gist", "unaccent"} {
		if err := s.exec(ctx, "CREATE EXTENSION "+e); err != nil {
			return err
		}
	}
	if err := s.exec(ctx,
		"CREATE TEXT SEARCH CONFIGURATION frs (COPY = simple)",
		"ALTER TEXT SEARCH CONFIGURATION frs ALTER MAPPING FOR hword, hword_part, word, asciiword, asciihword, hword_asciipart WITH unaccent, simple",
		"CREATE FUNCTION f_unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$ SELECT lower(public.unaccent('public.unaccent', $1)) $$",
		"CREATE UNLOGGED TABLE raw (id int, name text, label text, city text, side smallint, trade smallint, sector smallint, lat float8, lon float8, size smallint)",
	); err != nil {
		return err
	}
	var csv bytes.Buffer
	if err := writeCSV(&csv, docs); err != nil {
		return err
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	_, err = conn.Conn().PgConn().CopyFrom(ctx, &csv, "COPY raw FROM STDIN CSV")
	conn.Release()
	if err != nil {
		return err
	}
	return s.exec(ctx,
		`CREATE TABLE e AS SELECT raw.*, st_transform(st_setsrid(st_makepoint(lon, lat), 4326), 2154) AS l93,
			f_unaccent(name) AS fname, to_tsvector('frs', name || ' ' || label || ' ' || city) AS tsv FROM raw`,
		"DROP TABLE raw",
		"ALTER TABLE e ADD PRIMARY KEY (id)",
		"CREATE INDEX ON e USING gin (tsv)",
		"CREATE INDEX ON e USING gin (fname gin_trgm_ops)",
		"CREATE INDEX ON e USING gist (side, l93)",
		"CREATE INDEX ON e (trade, lat, lon) INCLUDE (sector, id)",
		"VACUUM ANALYZE e")
}

// circle is the great-circle distance in metres between a row and $lat, $lon.
func circle(lat, lon string) string {
	return fmt.Sprintf("2 * %v * asin(sqrt(power(sin(radians(lat - %[2]s) / 2), 2) + cos(radians(lat)) * cos(radians(%[2]s)) * power(sin(radians(lon - %[3]s) / 2), 2)))", geo.EarthRadius, lat, lon)
}

func (s *postgres) Ask(q *Query) (a Answer, err error) {
	const (
		head = "WITH m AS MATERIALIZED ("
		tail = ") SELECT (SELECT array_agg(array[sector, c]) FROM (SELECT sector::int, count(*)::int c FROM m GROUP BY 1) z), (SELECT array_agg(id) FROM (SELECT id FROM m ORDER BY o, id LIMIT 20) t)"
	)
	words := strings.Join(q.Words, " & ")
	if q.Prefix {
		words += ":*"
	}
	box := geo.Around(q.Point, q.Radius)
	lat, lon := "$3::float8", "$4::float8"
	within := "SELECT id, sector, d o FROM (SELECT id, sector, " + circle(lat, lon) + " d FROM e WHERE trade = any($1::smallint[]) AND lat BETWEEN $5 AND $6 AND lon BETWEEN $7 AND $8"
	var sql string
	var args []any
	switch q.Kind {
	case "text":
		sql = head + "SELECT id, sector, -ts_rank(tsv, k) o FROM e, to_tsquery('frs', $1) k WHERE tsv @@ k" + tail
		args = []any{words}
	case "typo":
		sql = head + "SELECT id, sector, 1 - word_similarity($1, fname) o FROM e WHERE $1 <% fname" + tail
		args = []any{q.Words[0]}
	case "geo":
		sql = head + within + ") x WHERE d <= $2" + tail
		args = []any{q.Trades, q.Radius, q.Point.Lat, q.Point.Lon, box.South, box.North, box.West, box.East}
	case "mix":
		sql = head + within + " AND tsv @@ to_tsquery('frs', $9)) x WHERE d <= $2" + tail
		args = []any{q.Trades, q.Radius, q.Point.Lat, q.Point.Lon, box.South, box.North, box.West, box.East, words}
	case "near":
		sql = "SELECT NULL::int[], (SELECT array_agg(id) FROM (SELECT id FROM (SELECT id, " + circle("$2::float8", "$3::float8") + " d FROM (SELECT id, lat, lon FROM e WHERE side = $1 ORDER BY l93 <-> st_transform(st_setsrid(st_makepoint($3, $2), 4326), 2154) LIMIT 30) y) x ORDER BY d, id LIMIT 20) t)"
		args = []any{q.Side, q.Point.Lat, q.Point.Lon}
	}
	var facet [][]int32
	if err := s.pool.QueryRow(context.Background(), sql, args...).Scan(&facet, &a.Hits); err != nil {
		return a, fmt.Errorf("%s: %w", q.Kind, err)
	}
	for _, f := range facet {
		a.Facet[f[0]] = int(f[1])
		a.Total += int(f[1])
	}
	return a, nil
}
