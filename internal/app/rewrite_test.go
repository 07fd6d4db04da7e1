package app

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/directory/directorytest"
)

func TestRewriteDue(t *testing.T) {
	night, day := time.Date(2026, 11, 27, 2, 30, 0, 0, clock.Paris), time.Date(2026, 11, 27, 10, 0, 0, 0, clock.Paris)
	for _, c := range []struct {
		days   int64
		erased bool
		now    time.Time
		want   bool
	}{
		{0, true, night, false}, // it was, tonight
		{1, true, night, true},
		{1, true, day, false},
		{1, true, night.Add(3 * time.Hour), false},
		{1, false, night, false},
		{6, false, night, false},
		{7, false, night, true},
		{7, true, day, false},
		{8, false, day, true}, // the house sleeps at night
	} {
		if got := rewriteDue(c.days, c.erased, c.now); got != c.want {
			t.Errorf("%d days, erased %v, at %s: %v", c.days, c.erased, c.now.Format("15:04"), got)
		}
	}
}

// Among many others who come and go, somebody lives and is erased while the
// house serves: after the next night no byte of the database tells of them.
func TestErasureLeavesNoByteAfterANight(t *testing.T) {
	dir := t.TempDir()
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	h, err := openHouse(&Context{
		Ctx: t.Context(), Stdout: io.Discard, Stderr: io.Discard, Clock: now,
		Config: &Config{Data: dir, Database: "sqlite:" + filepath.Join(dir, "passerelle.db"), BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := h.unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.rewrite(t.Context(), now.Now()); err != nil {
		t.Fatal(err)
	}
	crowd(t, h, "avant")
	liveAndLeave(t, h, func() { crowd(t, h, "pendant") })
	for range 17 { // till three at night
		now.Pass(time.Hour)
		if err := h.rewrite(t.Context(), now.Now()); err != nil {
			t.Fatal(err)
		}
	}
	marks, err := h.DB.Changes(t.Context(), nil)
	if err != nil || marks[rewrittenErasure] != marks[account.ErasureTopic] || marks[rewrittenDay] != now.Now().Unix()/86400 {
		t.Errorf("not written anew: %v, %v", marks, err)
	}
	scanFiles(t, dir)
}

// crowd has some come, whose names grow longer, and every third go.
func crowd(t *testing.T, h *house, name string) {
	t.Helper()
	ctx := t.Context()
	for n := range 60 {
		token, err := h.Accounts.Add(ctx, byCommand, account.NewPerson{Mail: fmt.Sprintf("%s%d@exemple.fr", name, n)})
		if err != nil {
			t.Fatal(err)
		}
		e, err := h.Accounts.Enter(ctx, token, account.Device{Agent: "Firefox/140.0"})
		if err != nil {
			t.Fatal(err)
		}
		by := account.Actor{Who: e.Person.ID, Channel: account.Web}
		if err := h.Accounts.ChangeNames(ctx, by, e.Person.ID, account.Names{Given: name, Family: strings.Repeat("Delattre ", 1+n%8)}); err != nil {
			t.Fatal(err)
		}
		if n%3 == 0 {
			if err := h.Accounts.Erase(ctx, by, e.Person.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}
