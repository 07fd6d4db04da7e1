package lead

import (
	"context"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/fold"
	"passerelle/internal/register"
)

const noteColumns = `id, kind, source, title, day, saw, takes, more, signed, trade, territory, published_at`

func (n *Note) cursor() string { return strconv.FormatInt(db.Micros(n.PublishedAt), 10) + "." + n.ID }

// condition writes the WHERE of a filter, without the page.
func (f *NoteFilter) condition(hidden []register.SIRET) where {
	w := where{}
	for _, c := range [][2]string{{"id = ", f.id}, {"territory = ", f.Territory}, {"kind = ", f.Kind}, {"source = ", f.Source}} {
		if c[1] != "" {
			w.and(c[0], c[1])
		}
	}
	if f.Trade != "" {
		w.parts = append(w.parts, "id IN (SELECT note FROM note_trade WHERE trade = "+w.arg(f.Trade)+")")
	}
	if f.Party != 0 {
		w.parts = append(w.parts, "id IN (SELECT note FROM note_party WHERE siret = "+w.arg(int64(f.Party))+")")
	}
	for _, word := range fold.Words(f.Words) {
		w.parts = append(w.parts, "folded LIKE '%' || CAST("+w.arg(word)+" AS TEXT) || '%'")
	}
	if len(hidden) > 0 {
		first := len(w.args) + 1
		for _, s := range hidden {
			w.args = append(w.args, int64(s))
		}
		w.parts = append(w.parts, "id NOT IN (SELECT note FROM note_party WHERE siret IN ("+db.In(first, len(hidden))+"))")
	}
	if len(w.parts) == 0 {
		w.parts = append(w.parts, "1 = 1")
	}
	return w
}

func countNotes(ctx context.Context, t *db.Tx, f *NoteFilter, hidden []register.SIRET) (n int, err error) {
	w := f.condition(hidden)
	err = t.One(ctx, []any{&n}, `SELECT count(*) FROM note WHERE `+strings.Join(w.parts, " AND "), w.args...)
	return n, err
}

// notesWhere returns one note more than asked for, when there is one.
func notesWhere(ctx context.Context, t *db.Tx, f *NoteFilter, hidden []register.SIRET) ([]*Note, error) {
	w := f.condition(hidden)
	if at, id, ok := strings.Cut(f.After, "."); ok {
		if micros, err := strconv.ParseInt(at, 10, 64); err == nil {
			w.parts = append(w.parts, "(published_at, id) < ("+w.arg(micros)+", "+w.arg(id)+")")
		}
	}
	query := `
		SELECT ` + noteColumns + `
		FROM note
		WHERE ` + strings.Join(w.parts, " AND ") + `
		ORDER BY published_at DESC, id DESC`
	if f.Limit > 0 {
		query += "\n\t\tLIMIT " + w.arg(f.Limit+1)
	}
	list, err := db.All(ctx, t, func(r *db.Row) (*Note, error) {
		var n Note
		var day string
		var at int64
		err := r.Scan(&n.ID, &n.Kind, &n.Source, &n.Title, &day, &n.Saw, &n.Takes, &n.More, &n.Signed, &n.Trade, &n.Territory, &at)
		n.Day, n.PublishedAt = clock.Day(day), db.Time(at)
		return &n, err
	}, query, w.args...)
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		if n.Parties, err = db.All(ctx, t, scanSIRET, `SELECT siret FROM note_party WHERE note = $1 ORDER BY siret`, n.ID); err != nil {
			return nil, err
		}
		if n.Trades, err = db.All(ctx, t, func(r *db.Row) (slug string, err error) {
			err = r.Scan(&slug)
			return slug, err
		}, `SELECT trade FROM note_trade WHERE note = $1 ORDER BY trade`, n.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func scanSIRET(r *db.Row) (register.SIRET, error) {
	var s int64
	err := r.Scan(&s)
	return register.SIRET(s), err
}

func noteByID(ctx context.Context, t *db.Tx, id string) (*Note, error) {
	list, err := notesWhere(ctx, t, &NoteFilter{id: id}, nil)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, db.ErrNotFound
	}
	return list[0], nil
}

// namedByNotes lists the establishments that notes name.
func namedByNotes(ctx context.Context, t *db.Tx) ([]register.SIRET, error) {
	return db.All(ctx, t, scanSIRET, `SELECT DISTINCT siret FROM note_party ORDER BY siret`)
}

func addNote(ctx context.Context, t *db.Tx, n *Note) error {
	_, err := t.Exec(ctx, `
		INSERT INTO note (`+noteColumns+`, folded)
		VALUES (`+db.In(1, 13)+`)`,
		n.ID, n.Kind, n.Source, n.Title, string(n.Day), n.Saw, n.Takes, n.More, n.Signed, n.Trade, n.Territory, db.Micros(n.PublishedAt), n.folded())
	if err != nil {
		return err
	}
	for _, s := range n.Parties {
		if _, err := t.Exec(ctx, `INSERT INTO note_party (note, siret) VALUES ($1, $2) ON CONFLICT (note, siret) DO NOTHING`, n.ID, int64(s)); err != nil {
			return err
		}
	}
	for _, slug := range n.Trades {
		if _, err := t.Exec(ctx, `INSERT INTO note_trade (note, trade) VALUES ($1, $2)`, n.ID, slug); err != nil {
			return err
		}
	}
	return nil
}

func dropNote(ctx context.Context, t *db.Tx, id string) error {
	_, err := t.Exec(ctx, `DELETE FROM note WHERE id = $1`, id)
	return err
}

func allWritten(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*CooperationNote, error) {
	list, err := db.All(ctx, t, func(r *db.Row) (*CooperationNote, error) {
		var n CooperationNote
		var siret, written, published int64
		err := r.Scan(&n.ID, &n.Cooperation, &siret, &n.Saw, &n.Takes, &n.Brought, &n.Signed, &n.Trade, &n.Who, &written, &published)
		n.SIRET, n.WrittenAt, n.PublishedAt = register.SIRET(siret), db.Time(written), moment(published)
		return &n, err
	}, `
		SELECT id, cooperation, siret, saw, takes, brought, signed, trade, who, written_at, published_at
		FROM cooperation_note
		WHERE `+condition+`
		ORDER BY written_at, id`, args...)
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		if n.Yes, err = db.All(ctx, t, scanSIRET, `SELECT siret FROM cooperation_note_yes WHERE note = $1 ORDER BY siret`, n.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func writtenWhere(ctx context.Context, t *db.Tx, condition string, args ...any) (*CooperationNote, error) {
	list, err := allWritten(ctx, t, condition, args...)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, db.ErrNotFound
	}
	return list[0], nil
}

// putWritten writes a note of a cooperation; consents to other words go.
func putWritten(ctx context.Context, t *db.Tx, n *CooperationNote) error {
	_, err := t.Exec(ctx, `
		INSERT INTO cooperation_note (id, cooperation, siret, saw, takes, brought, signed, trade, who, written_at, published_at)
		VALUES (`+db.In(1, 11)+`)
		ON CONFLICT (id) DO UPDATE SET
			saw = excluded.saw, takes = excluded.takes, brought = excluded.brought, signed = excluded.signed, trade = excluded.trade, who = excluded.who,
			written_at = excluded.written_at, published_at = excluded.published_at`,
		n.ID, n.Cooperation, int64(n.SIRET), n.Saw, n.Takes, n.Brought, n.Signed, n.Trade, n.Who, db.Micros(n.WrittenAt), micros(n.PublishedAt))
	if err != nil {
		return err
	}
	if len(n.Yes) == 0 {
		_, err = t.Exec(ctx, `DELETE FROM cooperation_note_yes WHERE note = $1`, n.ID)
	}
	return err
}

// sayYes notes the wish of a party about a note.
func sayYes(ctx context.Context, t *db.Tx, n *CooperationNote, s register.SIRET, yes bool, who string, at time.Time) error {
	if _, err := t.Exec(ctx, `DELETE FROM cooperation_note_yes WHERE note = $1 AND siret = $2`, n.ID, int64(s)); err != nil {
		return err
	}
	if yes {
		if _, err := t.Exec(ctx, `INSERT INTO cooperation_note_yes (note, siret, who, at) VALUES ($1, $2, $3, $4)`, n.ID, int64(s), who, db.Micros(at)); err != nil {
			return err
		}
	}
	var err error
	n.Yes, err = db.All(ctx, t, scanSIRET, `SELECT siret FROM cooperation_note_yes WHERE note = $1 ORDER BY siret`, n.ID)
	return err
}
