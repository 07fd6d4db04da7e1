package profile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
)

func TestLabelFaults(t *testing.T) {
	p := said(t, dbtest.SQLite(t), new(directory.Overlay))
	good := NewLabel{SIRET: bakery, Slug: "scop", Web: "www.les-scop.coop", Until: "2027-06-30"}
	for name, c := range map[string]struct {
		change func(*NewLabel)
		want   []Fault
	}{
		"nothing wrong":      {func(*NewLabel) {}, nil},
		"its last day":       {func(n *NewLabel) { n.Until = "2026-11-23" }, nil},
		"a PDF":              {func(n *NewLabel) { n.Web, n.File = "", []byte("%PDF-1.7 certificate") }, nil},
		"a picture":          {func(n *NewLabel) { n.Web, n.File = "", shop(t, 1) }, nil},
		"no such label":      {func(n *NewLabel) { n.Slug = "meilleur" }, []Fault{{"label", "label"}}},
		"no proof":           {func(n *NewLabel) { n.Web = " " }, []Fault{{"adresse", "proof"}}},
		"a wrong address":    {func(n *NewLabel) { n.Web = "javascript:alert(1)" }, []Fault{{"adresse", "web"}}},
		"a page of HTML":     {func(n *NewLabel) { n.File = []byte("<html>") }, []Fault{{"fichier", "proof_kind"}}},
		"too long":           {func(n *NewLabel) { n.File = append([]byte("%PDF-"), make([]byte, MostProof)...) }, []Fault{{"fichier", "proof_big"}}},
		"yesterday":          {func(n *NewLabel) { n.Until = "2026-11-22" }, []Fault{{"jusqu", "until_past"}}},
		"no day":             {func(n *NewLabel) { n.Until = "bientôt" }, []Fault{{"jusqu", "until"}}},
		"for ever":           {func(n *NewLabel) { n.Until = "2099-01-01" }, []Fault{{"jusqu", "until"}}},
		"nothing at all":     {func(n *NewLabel) { *n = NewLabel{SIRET: bakery} }, []Fault{{"label", "label"}, {"adresse", "proof"}, {"jusqu", "until"}}},
		"an address, a file": {func(n *NewLabel) { n.File = []byte("%PDF-1.4") }, nil},
	} {
		n := good
		c.change(&n)
		faults, err := p.SayLabel(t.Context(), n)
		if !slices.Equal(faults, c.want) || (len(c.want) > 0) != errors.Is(err, ErrFaults) {
			t.Errorf("%s: %v, %v, want %v", name, faults, err, c.want)
		}
	}
}

// A label is in the directory from the hour it is accepted to its last day,
// whoever decides at the same time; a refused or withdrawn one never is.
func TestLabelIsVerifiedAndEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var over directory.Overlay
		p := said(t, d, &over)
		held := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
		p.Clock = held
		var mu sync.Mutex
		told := map[string]int{}
		p.Tell = func(_ context.Context, _ *db.Tx, n LabelNews) error {
			mu.Lock()
			defer mu.Unlock()
			told[n.Kind]++
			return nil
		}
		colleague(t, d)
		ctx := t.Context()
		amina, nadia := account.Actor{Who: "amina", Channel: account.Web}, account.Actor{Who: "nadia", Channel: account.Web}
		say := func(until string) string {
			t.Helper()
			if faults, err := p.SayLabel(ctx, NewLabel{SIRET: bakery, Territory: "artois", Slug: "rge", File: []byte("%PDF-1.7"), Until: until, By: amina}); err != nil {
				t.Fatal(faults, err)
			}
			list, err := p.AskedLabels(ctx)
			if err != nil || len(list) != 1 {
				t.Fatalf("%d wait, %v", len(list), err)
			}
			return list[0].ID
		}
		say("2027-02-01")
		id := say("2027-01-15") // said again
		if over.Labels != nil {
			t.Fatalf("before it is verified: %v", over.Labels)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := p.AcceptLabel(ctx, nadia, id); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if !slices.Equal(over.Labels, []string{"rge"}) || told["label.accept"] < 1 {
			t.Errorf("labels %v, told %v", over.Labels, told)
		}
		if err := p.RefuseLabel(ctx, nadia, id, "non"); !errors.Is(err, ErrDecided) {
			t.Errorf("refusing what was accepted: %v", err)
		}
		if b, err := p.LabelProof(ctx, id); err != nil || !strings.HasPrefix(string(b), "%PDF") {
			t.Errorf("proof %q, %v", b, err)
		}
		tidy := func() {
			t.Helper()
			if err := p.TidyLabels(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if tidy(); told["label.soon"] != 0 {
			t.Error("told two months before")
		}
		held.Pass(24 * 24 * time.Hour) // 17 December
		if tidy(); told["label.soon"] != 1 || len(over.Labels) != 1 {
			t.Errorf("a month before: told %v, labels %v", told, over.Labels)
		}
		// Renewed in time: the older one ends without a hole.
		second := say("2027-12-31")
		if err := p.AcceptLabel(ctx, nadia, second); err != nil {
			t.Fatal(err)
		}
		if _, err := p.LabelProof(ctx, id); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the proof of the older one: %v", err)
		}
		held.Pass(40 * 24 * time.Hour)
		if tidy(); len(over.Labels) != 1 {
			t.Errorf("after the first would have ended: %v", over.Labels)
		}
		held.Pass(400 * 24 * time.Hour)
		tidy()
		if tidy(); len(over.Labels) != 0 {
			t.Errorf("after its last day: %v", over.Labels)
		}
		third := say("2029-01-01")
		if err := p.RefuseLabel(ctx, nadia, third, " "); !errors.Is(err, ErrReason) {
			t.Errorf("without a reason: %v", err)
		}
		for range 2 {
			if err := p.RefuseLabel(ctx, nadia, third, "Le certificat est au nom d’une autre entreprise."); err != nil {
				t.Error(err)
			}
		}
		if err := p.AcceptLabel(ctx, nadia, third); !errors.Is(err, ErrDecided) || len(over.Labels) != 0 {
			t.Errorf("accepting what was refused: %v, %v", err, over.Labels)
		}
		fourth := say("2029-01-01")
		if err := errors.Join(p.AcceptLabel(ctx, nadia, fourth), p.WithdrawLabel(ctx, amina, fourth)); err != nil || len(over.Labels) != 0 {
			t.Errorf("taken back: %v, %v", err, over.Labels)
		}
	})
}
