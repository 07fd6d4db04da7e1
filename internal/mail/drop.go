package mail

import (
	"context"
	"fmt"

	"passerelle/internal/db"
)

// DropWaiting takes back every mail that waits and returns how many there
// were: in a house put back as it was some time ago, they have gone since.
func (o *Outbox) DropWaiting(ctx context.Context) (int64, error) {
	var n int64
	err := o.DB.Write(ctx, func(t *db.Tx) (err error) {
		n, err = t.Exec(ctx, `
			UPDATE mail_outbox
			SET state = 'dropped', fault = 'restored', done_at = $1, recipient = '', message = ''
			WHERE state = 'waiting'`, db.Micros(o.Clock.Now()))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("drop mails that wait: %w", err)
	}
	return n, nil
}
