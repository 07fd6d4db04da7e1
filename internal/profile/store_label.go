package profile

import (
	"context"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// labelsWhere returns the labels for which a condition holds, the latest
// first, without their proof.
func labelsWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*Label, error) {
	return db.All(ctx, t, func(r *db.Row) (*Label, error) {
		var l Label
		var siret, asked int64
		var decided *int64
		var until string
		err := r.Scan(&l.ID, &siret, &l.Territory, &l.Slug, &l.Web, &l.Proof, &until, &l.State, &l.Reason, &l.Who, &l.ForName, &l.Channel, &asked, &decided, &l.DecidedBy)
		l.SIRET, l.Until, l.AskedAt = register.SIRET(siret), clock.Day(until), db.Time(asked)
		if decided != nil {
			l.DecidedAt = db.Time(*decided)
		}
		return &l, err
	}, `
		SELECT id, siret, territory, label, web, proof_type, until, state, reason, who, for_name, channel, asked_at, decided_at, decided_by
		FROM profile_label
		WHERE `+condition+`
		ORDER BY asked_at DESC, id DESC`, args...)
}

func labelByID(ctx context.Context, t *db.Tx, id string) (*Label, error) {
	list, err := labelsWhere(ctx, t, "id = $1", id)
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func labelProof(ctx context.Context, t *db.Tx, id string) (b []byte, err error) {
	err = t.One(ctx, []any{&b}, `SELECT proof FROM profile_label WHERE id = $1 AND proof IS NOT NULL`, id)
	return b, err
}

func addLabel(ctx context.Context, t *db.Tx, l *Label, proof []byte) error {
	_, err := t.Exec(ctx, `
		INSERT INTO profile_label (id, siret, territory, label, web, proof, proof_type, until, state, reason, who, for_name, channel, asked_at, decided_at, decided_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', $10, $11, $12, $13, NULL, '')`,
		l.ID, int64(l.SIRET), l.Territory, l.Slug, l.Web, proof, l.Proof, string(l.Until), l.State, l.Who, l.ForName, string(l.Channel), db.Micros(l.AskedAt))
	return err
}

// changeLabel writes how a label was decided. The proof goes with what it
// proved.
func changeLabel(ctx context.Context, t *db.Tx, l *Label) error {
	_, err := t.Exec(ctx, `
		UPDATE profile_label
		SET state = $2, reason = $3, decided_at = $4, decided_by = $5
		WHERE id = $1`, l.ID, l.State, l.Reason, db.Micros(l.DecidedAt), l.DecidedBy)
	if err != nil || l.State == LabelAccepted {
		return err
	}
	return dropProofs(ctx, t, "id = $1", l.ID)
}

// dropProofs removes the files of the labels for which a condition holds.
func dropProofs(ctx context.Context, t *db.Tx, condition string, args ...any) error {
	_, err := t.Exec(ctx, `UPDATE profile_label SET proof = NULL, proof_type = '' WHERE `+condition, args...)
	return err
}

// dropAsked removes what was said of a label and not decided yet.
func dropAsked(ctx context.Context, t *db.Tx, s register.SIRET, slug string) error {
	_, err := t.Exec(ctx, `DELETE FROM profile_label WHERE siret = $1 AND label = $2 AND state = 'asked'`, int64(s), slug)
	return err
}

// replaceLabel ends the accepted labels that a newer one takes the place of.
func replaceLabel(ctx context.Context, t *db.Tx, l *Label) error {
	if err := dropProofs(ctx, t, `siret = $1 AND label = $2 AND state = 'accepted' AND id <> $3`, int64(l.SIRET), l.Slug, l.ID); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `
		UPDATE profile_label
		SET state = 'over'
		WHERE siret = $1 AND label = $2 AND state = 'accepted' AND id <> $3`, int64(l.SIRET), l.Slug, l.ID)
	return err
}

// hasLabel reports whether a label of an establishment is accepted.
func hasLabel(ctx context.Context, t *db.Tx, s register.SIRET, slug string) (bool, error) {
	var n int
	err := t.One(ctx, []any{&n}, `SELECT count(*) FROM profile_label WHERE siret = $1 AND label = $2 AND state = 'accepted'`, int64(s), slug)
	return n > 0, err
}

// forgetLabels takes a person out of what was said of labels: the files they
// sent, and for whom they did it.
func forgetLabels(ctx context.Context, t *db.Tx, who *account.Person) error {
	if err := dropProofs(ctx, t, "who = $1", who.ID); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `UPDATE profile_label SET for_name = '' WHERE who = $1`, who.ID)
	return err
}
