package app

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/mail"
	"passerelle/internal/profile"
	"passerelle/internal/register"
)

// Two nodes on one database tidy at the same hour, again and again, and seal
// as they do: each summary, reminder and warning goes once, each erasure is
// told once, and the record of acts is one chain. No lease is needed for it.
func TestTwoHousesTidyOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			dir := t.TempDir()
			address := "sqlite:" + filepath.Join(dir, "passerelle.db")
			if engine == "postgres" {
				address = dbtest.PostgresURL(t)
			}
			hour := clock.Hold(time.Date(2024, 9, 3, 8, 0, 0, 0, time.UTC))
			var nodes []*house
			for n := range 2 {
				x := inHouse(t, filepath.Join(dir, fmt.Sprint(n)), address, io.Discard)
				x.Clock = hour
				directorytest.Write(t, x.Config.Data, directorytest.AsOf, directorytest.Establishments())
				h, err := openHouse(x)
				if err != nil {
					t.Fatal(err)
				}
				defer h.Close()
				if err := h.unlock(t.Context()); err != nil {
					t.Fatal(err)
				}
				nodes = append(nodes, h)
			}
			for _, name := range []string{"amina", "bruno", "chloe"} {
				joins(t, nodes[0], name)
			}
			together := func() {
				t.Helper()
				var all sync.WaitGroup
				for range 3 {
					for _, h := range nodes {
						all.Go(func() {
							for _, do := range []func() error{func() error { return h.tidy(t.Context()) }, func() error { return h.Accounts.Seal(t.Context()) }} {
								if err := do(); err != nil {
									t.Error(err)
								}
							}
						})
					}
				}
				all.Wait()
			}
			hour.Pass(time.Date(2025, 9, 9, 8, 0, 0, 0, time.UTC).Sub(hour.Now())) // pages are a year old; a line waits for the summary
			together()
			hour.Pass(7 * 24 * time.Hour) // Tuesday, 10 h at Paris: summaries
			together()
			want := map[string]int{"digest": 3}
			sent(t, nodes[0], want)
			hour.Pass(time.Date(2026, 8, 20, 8, 0, 0, 0, time.UTC).Sub(hour.Now())) // 23 months: warned
			together()
			want["account.unused"] = 3
			sent(t, nodes[0], want)
			hour.Pass(60 * 24 * time.Hour) // 24 months: erased
			together()
			list, err := nodes[0].Accounts.Erasures(t.Context())
			if err != nil || len(list) != 3 {
				t.Errorf("%d erased, %v", len(list), err)
			}
			if acts := told(t, nodes[0], "account.erase"); acts != 3 {
				t.Errorf("three erasures are told %d times", acts)
			}
			if _, err := nodes[1].Accounts.Verify(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// joins has somebody sign in and say something of an establishment of theirs.
func joins(t *testing.T, h *house, name string) {
	t.Helper()
	ctx := t.Context()
	token, err := h.Accounts.Add(ctx, byCommand, account.NewPerson{Mail: name + "@lys.fr"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := h.Accounts.Enter(ctx, token, account.Device{})
	if err != nil {
		t.Fatal(err)
	}
	firm := map[string]register.SIRET{"amina": directorytest.Amina, "bruno": directorytest.Brochard, "chloe": directorytest.Garage}[name]
	by := account.Actor{Who: e.Person.ID, Channel: account.Web}
	c, err := h.Accounts.ClaimFirm(ctx, by, e.Person, firm, "artois")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Accounts.Approve(ctx, account.Actor{Who: "nadia", Channel: account.Web}, c.ID, account.ByDecision, ""); err != nil {
		t.Fatal(err)
	}
	if faults, err := h.Profiles.Change(ctx, profile.Change{SIRET: firm, Content: profile.Content{Words: "Dit une fois"}, By: by}); err != nil {
		t.Fatalf("%v, %v", faults, err)
	}
}

// sent checks how many mails of some kinds were ever posted.
func sent(t *testing.T, h *house, want map[string]int) {
	t.Helper()
	list, err := h.Post.outbox.Mailbox(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, m := range list {
		got[m.Kind]++
	}
	for kind, n := range want {
		if got[kind] != n {
			t.Errorf("%d mails %s, want %d; of all: %v", got[kind], kind, n, got)
		}
	}
	if i := slices.IndexFunc(list, func(m mail.Shown) bool { return m.Kind == "digest" }); i >= 0 && strings.Count(list[i].Message.Text, "/confirmer/") != 1 {
		t.Errorf("a summary reminds otherwise than once:\n%s", list[i].Message.Text)
	}
}

// told counts the acts of a name in the record.
func told(t *testing.T, h *house, act string) (n int) {
	t.Helper()
	err := h.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.One(t.Context(), []any{&n}, `SELECT count(*) FROM audit_entry WHERE act = $1`, act)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
