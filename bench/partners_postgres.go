package main

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"passerelle/internal/geo"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// partnersPostgres is PostgreSQL with PostGIS as an expert would tune it for
// partners: the rows of each world lie in the order of places, a GiST index
// finds those in a box, great circles are computed inline, and what a kind
// could do for the one who asks comes with the question, as arrays.
type partnersPostgres struct {
	pool *pgxpool.Pool
	rows map[match.Kind][4][]int16 // of each kind of seeker met
	kind func(match.Kind) [4][]int16
}

func (*partnersPostgres) Name() string { return "postgres" }

func openPartnersPostgres(ctx context.Context, url string, rules *match.Rules, firms []firm) (*partnersPostgres, error) {
	sum := fnv.New64a()
	for i := range firms {
		fmt.Fprintln(sum, firms[i].siret, firms[i].kind)
	}
	name := fmt.Sprintf("partners_%x", sum.Sum64()) // of these firms, by these rules
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
	s := &partnersPostgres{pool: pool, rows: map[match.Kind][4][]int16{}, kind: func(k match.Kind) [4][]int16 { return rowsOf(rules, k) }}
	if !have {
		if err := s.load(ctx, firms); err != nil {
			return nil, err
		}
	}
	return s, s.exec(ctx,
		"CREATE EXTENSION IF NOT EXISTS pg_prewarm",
		"SELECT sum(pg_prewarm(indexrelid)) FROM pg_index WHERE indrelid IN ('craft'::regclass, 'ess'::regclass)",
		"SELECT pg_prewarm('craft'), pg_prewarm('ess')")
}

func (s *partnersPostgres) exec(ctx context.Context, statements ...string) error {
	for _, q := range statements {
		if _, err := s.pool.Exec(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}

// load makes a table of each world; an establishment of both is in both.
func (s *partnersPostgres) load(ctx context.Context, firms []firm) error {
	if err := s.exec(ctx, "CREATE EXTENSION IF NOT EXISTS postgis"); err != nil {
		return err
	}
	for _, world := range []string{"craft", "ess"} {
		if err := s.exec(ctx, "CREATE UNLOGGED TABLE raw (siret bigint, kind smallint, lat float8, lon float8)"); err != nil {
			return err
		}
		var csv bytes.Buffer
		for i := range firms {
			if f := &firms[i]; world == "craft" && f.craft || world == "ess" && f.ess {
				fmt.Fprintf(&csv, "%d,%d,%.17g,%.17g\n", uint64(f.siret), f.kind, f.point.Lat, f.point.Lon)
			}
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
		if err := s.exec(ctx,
			"CREATE TABLE "+world+" AS SELECT siret, siret / 100000 AS siren, kind, lat, lon, st_setsrid(st_makepoint(lon, lat), 4326) AS ll FROM raw ORDER BY st_geohash(st_makepoint(lon, lat), 8)",
			"DROP TABLE raw",
			"CREATE INDEX ON "+world+" USING gist (ll)",
			"VACUUM ANALYZE "+world); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf returns what a kind could get from every kind: services, jobs,
// resources, and the hundreds of metres at which resources are worth half.
func rowsOf(rules *match.Rules, k match.Kind) (rows [4][]int16) {
	for c := range rules.Kinds() {
		b := rules.Between(k, match.Kind(c))
		half := 0.0
		for far := 1000.0; b.Reach.Fade(far) > .5; far += 1000 {
			half = far + 1000
		}
		for i, v := range []uint16{b.Services, b.Jobs, b.Resources, uint16(half / 100)} {
			rows[i] = append(rows[i], int16(v))
		}
	}
	return rows
}

// Partners asks for forty, of which ten of different units are kept.
func (s *partnersPostgres) Partners(q *asked) ([]found, error) {
	rows, ok := s.rows[q.kind]
	if !ok {
		rows = s.kind(q.kind)
		s.rows[q.kind] = rows
	}
	box := geo.Around(q.point, q.radius)
	from := "ess"
	switch {
	case q.inCraft() && q.inESS():
		from = "(SELECT * FROM craft UNION SELECT * FROM ess) b"
	case q.inCraft():
		from = "craft"
	}
	circle := fmt.Sprintf("2 * %v * asin(least(1, sqrt(power(sin(radians(lat - $1::float8) / 2), 2) + cos(radians(lat)) * cos(radians($1::float8)) * power(sin(radians(lon - $2::float8) / 2), 2))))", geo.EarthRadius)
	sql := `SELECT siret, (p + s + j + r)::int, d FROM (
		SELECT siret, d, round(2500 * exp(-d / 24000)) p, ($8::smallint[])[kind + 1] s, ($9::smallint[])[kind + 1] j,
			round(($10::smallint[])[kind + 1] * (($11::smallint[])[kind + 1] * 100.0::float8 / (($11::smallint[])[kind + 1] * 100.0::float8 + d))) r
		FROM (SELECT siret, siren, kind, ` + circle + ` d FROM ` + from + ` WHERE ll && st_makeenvelope($3, $4, $5, $6, 4326) OFFSET 0) x
		WHERE d <= $7::float8 AND siren <> $12::bigint AND ($8::smallint[])[kind + 1] + ($9::smallint[])[kind + 1] + ($10::smallint[])[kind + 1] > 0
	) y ORDER BY 2 DESC, d, siret LIMIT 40`
	res, err := s.pool.Query(context.Background(), sql, q.point.Lat, q.point.Lon, box.West, box.South, box.East, box.North, q.radius, rows[0], rows[1], rows[2], rows[3], int64(q.siret.SIREN()))
	if err != nil {
		return nil, err
	}
	defer res.Close()
	var list []found
	for res.Next() {
		var siret int64
		var total int
		var f found
		if err := res.Scan(&siret, &total, &f.metres); err != nil {
			return nil, err
		}
		f.siret, f.total = register.SIRET(siret), uint16(total)
		list = keep(list, f)
	}
	return list, res.Err()
}
