package account

import (
	"context"
	"sync"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
)

// A postbox keeps the letters of transactions that were tried: the last of
// each address is the one that counts.
type postbox struct {
	mu      sync.Mutex
	letters []Letter
}

func (p *postbox) send(_ context.Context, _ *db.Tx, l Letter) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, l)
	return nil
}

func (p *postbox) last(t *testing.T, to string) Letter {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.letters) - 1; i >= 0; i-- {
		if p.letters[i].To == to {
			return p.letters[i]
		}
	}
	t.Fatalf("no letter to %s", to)
	return Letter{}
}

func house(d *db.DB) (*Accounts, *clock.Held, *postbox) {
	w, p := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), &postbox{}
	return &Accounts{DB: d, Clock: w, Send: p.send}, w, p
}

// enter signs an address in.
func enter(t *testing.T, a *Accounts, p *postbox, mail string) *Entered {
	t.Helper()
	if err := a.AskLink(t.Context(), AskedLink{Mail: mail, Host: mail, Language: "fr"}); err != nil {
		t.Fatal(err)
	}
	e, err := a.Enter(t.Context(), p.last(t, mail).Token, Device{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
