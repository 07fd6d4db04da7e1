package meeting

import (
	"context"
	"time"

	"passerelle/internal/db"
)

const inviteColumns = `id, meeting, chain, COALESCE(person, ''), COALESCE(contact, ''), way, state, booking, made_by, created_at, answered_at, reminded_at`

func scanInvite(r *db.Row) (i Invite, err error) {
	var created, answered, reminded int64
	err = r.Scan(&i.ID, &i.Meeting, &i.Chain, &i.Person, &i.Contact, &i.Way, &i.State, &i.Booking, &i.MadeBy, &created, &answered, &reminded)
	i.CreatedAt, i.AnsweredAt, i.RemindedAt = db.Time(created), moment(answered), moment(reminded)
	return i, err
}

func invitesWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]Invite, error) {
	return db.All(ctx, t, scanInvite, `
		SELECT `+inviteColumns+`
		FROM meeting_invite
		WHERE `+condition+`
		ORDER BY created_at, id`, args...)
}

func inviteByID(ctx context.Context, t *db.Tx, id string) (Invite, error) {
	list, err := invitesWhere(ctx, t, "id = $1", id)
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return Invite{}, err
	}
	return list[0], nil
}

func addInvite(ctx context.Context, t *db.Tx, i *Invite) error {
	_, err := t.Exec(ctx, `
		INSERT INTO meeting_invite (id, meeting, chain, person, contact, way, state, booking, made_by, created_at, answered_at, reminded_at)
		VALUES (`+db.In(1, 12)+`)`,
		i.ID, i.Meeting, i.Chain, orNull(i.Person), orNull(i.Contact), i.Way, i.State, i.Booking, i.MadeBy, db.Micros(i.CreatedAt), micros(i.AnsweredAt), micros(i.RemindedAt))
	return err
}

func putInvite(ctx context.Context, t *db.Tx, i *Invite) error {
	_, err := t.Exec(ctx, `
		UPDATE meeting_invite SET state = $2, booking = $3, answered_at = $4, reminded_at = $5
		WHERE id = $1`, i.ID, i.State, i.Booking, micros(i.AnsweredAt), micros(i.RemindedAt))
	return err
}

// holdMeeting writes the row of a meeting so that acts on whom it invites run
// one after another.
func holdMeeting(ctx context.Context, t *db.Tx, chain string) error {
	_, err := t.Exec(ctx, `UPDATE meeting SET changed_at = changed_at WHERE series = $1 OR id = $1`, chain)
	return err
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// micros and moment store the zero time as 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return db.Time(micros)
}
