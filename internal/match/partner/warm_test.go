package partner_test

import (
	"testing"

	"passerelle/internal/match/partner"
)

// Once warm, nobody who asks waits for the row of their kind.
func TestNobodyWaitsForARow(t *testing.T) {
	w := newTown(t, 11, 200)
	if err := w.partners.Warm(); err != nil {
		t.Fatal(err)
	}
	warm := w.partners.Rows()
	if warm == 0 {
		t.Fatal("no row was made")
	}
	asked := 0
	for _, siret := range w.sirets {
		if _, err := w.partners.Lines(partner.Question{SIRET: siret}); err == nil {
			asked++
		}
	}
	if got := w.partners.Rows(); asked == 0 || got != warm {
		t.Errorf("%d questions made %d more rows", asked, got-warm)
	}
}
