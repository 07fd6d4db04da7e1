package account

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"passerelle/internal/db"
)

// ErrCeremony says that what a browser began cannot be ended: too late, twice,
// or begun by another.
var ErrCeremony = errors.New("not what was begun") // account.error.ceremony

// ceremonyFor is how long what was begun may be ended.
const ceremonyFor = 10 * time.Minute

// begin keeps what is needed to end what a browser begins, and returns the
// token that it must bring back.
func (a *Accounts) begin(ctx context.Context, kind string, data any) (token string, err error) {
	text, err := json.Marshal(data)
	if err != nil {
		return "", err
	}
	token = db.NewToken()
	until := a.Clock.Now().Add(ceremonyFor)
	err = a.DB.Write(ctx, func(t *db.Tx) error { return addCeremony(ctx, t, token, kind, string(text), until) })
	return token, err
}

// end takes what was begun, once, into data; ErrCeremony when there is none.
func (a *Accounts) end(ctx context.Context, t *db.Tx, token, kind string, data any) error {
	text, err := takeCeremony(ctx, t, token, kind, a.Clock.Now())
	if errors.Is(err, db.ErrNotFound) {
		return ErrCeremony
	}
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(text), data)
}
