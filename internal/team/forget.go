package team

import (
	"context"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// Forget forgets a person in the transaction that erases them: the teams they
// wanted have no owner, which facilitators see; texts that name them are
// blanked. That a team was made stays.
func (ps *Projects) Forget(ctx context.Context, t *db.Tx, who *account.Person) error {
	for _, query := range []string{
		`UPDATE team SET owner = '' WHERE owner = $1`,
		`UPDATE team_event SET who = '' WHERE who = $1`,
	} {
		if _, err := t.Exec(ctx, query, who.ID); err != nil {
			return err
		}
	}
	type texts struct{ id, title, words string }
	list, err := db.All(ctx, t, func(r *db.Row) (x texts, err error) {
		err = r.Scan(&x.id, &x.title, &x.words)
		return x, err
	}, `
		SELECT id, title, words
		FROM team`)
	if err != nil {
		return err
	}
	for _, x := range list {
		title, words := x.title, x.words
		if who.NamedIn(title) {
			title = "—"
		}
		if who.NamedIn(words) {
			words = ""
		}
		if title == x.title && words == x.words {
			continue
		}
		if _, err := t.Exec(ctx, `UPDATE team SET title = $2, words = $3 WHERE id = $1`, x.id, title, words); err != nil {
			return err
		}
	}
	return nil
}
