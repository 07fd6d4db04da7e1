package lead

import (
	"context"
	"fmt"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// Forget forgets a person in the transaction that erases them. What they saw
// to has no owner, which facilitators see; what names them, in a text of a
// lead or a note, is blanked. That something was done stays.
func (ls *Leads) Forget(ctx context.Context, t *db.Tx, who *account.Person) error {
	for _, query := range []string{
		`UPDATE lead SET owner = '' WHERE owner = $1`,
		`UPDATE lead_change SET who = '' WHERE who = $1`,
		`UPDATE lead_comment SET who = '' WHERE who = $1`,
		`UPDATE lead_document SET who = '' WHERE who = $1`,
		`DELETE FROM lead_mention WHERE whom = $1`,
		`UPDATE cooperation_note SET who = '' WHERE who = $1`,
		`UPDATE cooperation_note_yes SET who = '' WHERE who = $1`,
		`UPDATE cooperation SET declared_by = '' WHERE declared_by = $1`,
		`UPDATE cooperation_party SET who = '' WHERE who = $1`,
	} {
		if _, err := t.Exec(ctx, query, who.ID); err != nil {
			return err
		}
	}
	for _, column := range []struct{ table, name, blank string }{
		{"lead", "title", "—"},
		{"lead", "words", ""},
		{"lead", "next_step", ""},
		{"lead_change", "note", ""},
		{"lead_comment", "words", "[…]"},
		{"lead_document", "name", "document"},
	} {
		if err := scrub(ctx, t, who, column.table, column.name, column.blank); err != nil {
			return err
		}
	}
	if err := scrubBefore(ctx, t, who); err != nil {
		return err
	}
	return ls.forgetNotes(ctx, t, who)
}

// scrubBefore forgets what comments said before that names a person.
func scrubBefore(ctx context.Context, t *db.Tx, who *account.Person) error {
	type row struct {
		comment, words string
		at             int64
	}
	rows, err := db.All(ctx, t, func(r *db.Row) (one row, err error) {
		err = r.Scan(&one.comment, &one.at, &one.words)
		return one, err
	}, `SELECT comment, at, words FROM lead_comment_before`)
	if err != nil {
		return err
	}
	for _, one := range rows {
		if !who.NamedIn(one.words) {
			continue
		}
		if _, err := t.Exec(ctx, `DELETE FROM lead_comment_before WHERE comment = $1 AND at = $2`, one.comment, one.at); err != nil {
			return err
		}
	}
	return nil
}

// scrub blanks the texts of a column that name a person.
func scrub(ctx context.Context, t *db.Tx, who *account.Person, table, column, blank string) error {
	rows, err := db.All(ctx, t, func(r *db.Row) (row [2]string, err error) {
		err = r.Scan(&row[0], &row[1])
		return row, err
	}, `SELECT id, `+column+` FROM `+table+` WHERE `+column+` <> ''`)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !who.NamedIn(row[1]) {
			continue
		}
		if _, err := t.Exec(ctx, `UPDATE `+table+` SET `+column+` = $2 WHERE id = $1`, row[0], blank); err != nil {
			return err
		}
	}
	return nil
}

// Of returns the leads that a person sees to, whatever their stage.
func (ls *Leads) Of(ctx context.Context, person string) ([]*Lead, error) {
	var list []*Lead
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = db.All(ctx, t, scanLead, `
			SELECT `+leadColumns+`
			FROM lead
			WHERE owner = $1
			ORDER BY id`, person)
		if err == nil {
			err = withLinks(ctx, t, list)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("leads of a person: %w", err)
	}
	return list, nil
}
