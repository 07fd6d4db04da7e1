package db

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
)

// secretBytes is how long a secret of the house is.
const secretBytes = 32

// Secret returns the 32 bytes that the house made for itself under a name,
// the same on every node; it makes them when first asked.
func (d *DB) Secret(ctx context.Context, name string) ([]byte, error) {
	var kept string
	err := d.Read(ctx, func(t *Tx) error {
		return t.One(ctx, []any{&kept}, `SELECT value FROM secret WHERE name = $1`, name)
	})
	if errors.Is(err, ErrNotFound) {
		fresh := make([]byte, secretBytes)
		rand.Read(fresh) // never fails
		err = d.Write(ctx, func(t *Tx) error {
			return t.One(ctx, []any{&kept}, `
				INSERT INTO secret (name, value) VALUES ($1, $2)
				ON CONFLICT (name) DO UPDATE SET value = secret.value
				RETURNING value`, name, hex.EncodeToString(fresh))
		})
	}
	if err != nil {
		return nil, fmt.Errorf("secret %s: %w", name, err)
	}
	b, err := hex.DecodeString(kept)
	if err != nil || len(b) != secretBytes {
		return nil, fmt.Errorf("secret %s is not 32 bytes in hexadecimal", name)
	}
	return b, nil
}
