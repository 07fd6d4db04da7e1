package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"

	_ "github.com/mattn/go-sqlite3"
	"passerelle/internal/geo"
)

// errUnsupported says that a system cannot answer a kind of question.
var errUnsupported = errors.New("not supported")

// sqlite is SQLite with FTS5 (unaccented, prefixes), an R*Tree that carries
// its columns, and a covering index (trade, lat, lon, sector).
type sqlite struct{ db *sql.DB }

func (*sqlite) Name() string { return "sqlite" }

func openSQLite(path string, docs []Doc) (*sqlite, error) {
	_, missing := os.Stat(path)
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=OFF&_cache_size=-200000")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	s := &sqlite{db}
	if _, err := db.Exec("PRAGMA mmap_size = 4000000000"); err != nil {
		return nil, err
	}
	if missing != nil {
		if err := s.load(docs); err != nil {
			return nil, errors.Join(err, os.Remove(path))
		}
	}
	return s, nil
}

func (s *sqlite) load(docs []Doc) error {
	for _, q := range []string{
		"CREATE TABLE e (id INTEGER PRIMARY KEY, side INT, trade INT, sector INT, lat REAL, lon REAL)",
		"CREATE VIRTUAL TABLE rt USING rtree(id, la1, la2, lo1, lo2, +side, +lat, +lon)",
		`CREATE VIRTUAL TABLE fts USING fts5(t, content='', tokenize="unicode61 remove_diacritics 2", prefix='4 5', detail=none)`,
	} {
		if _, err := s.db.Exec(q); err != nil {
			return err
		}
	}
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var st [3]*sql.Stmt
	for i, q := range []string{"INSERT INTO e VALUES (?,?,?,?,?,?)", "INSERT INTO rt VALUES (?,?,?,?,?,?,?,?)", "INSERT INTO fts (rowid, t) VALUES (?,?)"} {
		if st[i], err = tx.Prepare(q); err != nil {
			return err
		}
	}
	for i := range docs {
		d := &docs[i]
		_, e1 := st[0].Exec(d.ID, d.Side, d.Trade, d.Sector, d.Point.Lat, d.Point.Lon)
		_, e2 := st[1].Exec(d.ID, d.Point.Lat, d.Point.Lat, d.Point.Lon, d.Point.Lon, d.Side, d.Point.Lat, d.Point.Lon)
		_, e3 := st[2].Exec(d.ID, d.Name+" "+d.Label+" "+d.City)
		if err := errors.Join(e1, e2, e3); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, q := range []string{"CREATE INDEX e_tl ON e (trade, lat, lon, sector)", "INSERT INTO fts (fts) VALUES ('optimize')", "ANALYZE"} {
		if _, err := s.db.Exec(q); err != nil {
			return err
		}
	}
	return nil
}

func circleLite(lat, lon string) string {
	return fmt.Sprintf("2 * %v * asin(sqrt(pow(sin(radians(lat - %[2]s) / 2), 2) + cos(radians(lat)) * cos(radians(%[2]s)) * pow(sin(radians(lon - %[3]s) / 2), 2)))", geo.EarthRadius, lat, lon)
}

func (s *sqlite) Ask(q *Query) (a Answer, err error) {
	if q.Kind == "near" {
		return s.near(q)
	}
	box := geo.Around(q.Point, q.Radius)
	ids := strings.Trim(strings.ReplaceAll(fmt.Sprint(q.Trades), " ", ","), "[]")
	var words strings.Builder
	for i, w := range q.Words {
		if i > 0 {
			words.WriteString(" AND ")
		}
		fmt.Fprintf(&words, "%q", w)
	}
	if q.Prefix {
		words.WriteByte('*')
	}
	const head = "WITH m AS MATERIALIZED ("
	const tail = ") SELECT 0, sector, count(*) FROM m GROUP BY sector UNION ALL SELECT * FROM (SELECT 1, id, o FROM m ORDER BY o, id LIMIT 20)"
	within := "e.trade IN (" + ids + ") AND e.lat BETWEEN ?4 AND ?5 AND e.lon BETWEEN ?6 AND ?7) WHERE d <= ?3"
	args := []any{q.Point.Lat, q.Point.Lon, q.Radius, box.South, box.North, box.West, box.East}
	var query string
	switch q.Kind {
	case "text":
		query, args = head+"SELECT e.id, e.sector, fts.rank o FROM fts JOIN e ON e.id = fts.rowid WHERE fts MATCH ?"+tail, []any{words.String()}
	case "geo":
		query = head + "SELECT id, sector, d o FROM (SELECT id, sector, " + circleLite("?1", "?2") + " d FROM e WHERE " + within + tail
	case "mix":
		query = head + "SELECT id, sector, d o FROM (SELECT e.id, e.sector, " + circleLite("?1", "?2") + " d FROM fts CROSS JOIN e ON e.id = fts.rowid WHERE fts MATCH ?8 AND " + within + tail
		args = append(args, words.String())
	default:
		return a, errUnsupported
	}
	rows, err := s.db.Query(query, args...)
	if err != nil {
		return a, fmt.Errorf("%s: %w", q.Kind, err)
	}
	defer rows.Close()
	for rows.Next() {
		var what, id int
		var n float64
		if err := rows.Scan(&what, &id, &n); err != nil {
			return a, err
		}
		if what == 0 {
			a.Facet[id] = int(n)
			a.Total += int(n)
		} else {
			a.Hits = append(a.Hits, int32(id))
		}
	}
	return a, rows.Err()
}

// near doubles a box of the R*Tree until it holds twenty of the side.
func (s *sqlite) near(q *Query) (a Answer, err error) {
	for r := 1000.0; ; r *= 2 {
		box := geo.Around(q.Point, r)
		rows, err := s.db.Query("SELECT id FROM (SELECT id, "+circleLite("?1", "?2")+" d FROM rt WHERE la1 >= ?4 AND la2 <= ?5 AND lo1 >= ?6 AND lo2 <= ?7 AND side = ?8) WHERE d <= ?3 ORDER BY d, id LIMIT 20",
			q.Point.Lat, q.Point.Lon, r, box.South, box.North, box.West, box.East, q.Side)
		if err != nil {
			return a, err
		}
		a.Hits = a.Hits[:0]
		for rows.Next() {
			var id int32
			if err := rows.Scan(&id); err != nil {
				rows.Close()
				return a, err
			}
			a.Hits = append(a.Hits, id)
		}
		rows.Close()
		if len(a.Hits) == 20 || r > 2e6 {
			return a, rows.Err()
		}
	}
}
