package contact

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// told compares answers without what the house adds.
var told = cmpopts.IgnoreFields(Answer{}, "ID", "RecordedAt")

// A consent keeps its day, its words, how it was given and who wrote it down;
// each answer stays, and the last one counts.
func TestConsentHasItsDayAndWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		const words = "Vous pouvez m’écrire"
		p := b.bring(t, b.nadia, account.Both, "Nom;Prénom;Courriel;Accord;Date accord;Phrase acceptée;Mode de recueil\n"+
			"Petit;Anne;anne@x.example;oui;01/03/2026;"+words+";bulletin signé\nRoy;Paul;paul@x.example;oui;;;\nNeuf;Ève;eve@x.example;oui;24/12/2026;;pigeon\n")
		if got := p.Lines[2].Problems; len(got) != 2 || got[0].Kind != KindFuture || got[1].Kind != KindBad {
			t.Errorf("a day to come and a way unknown: %v", got)
		}
		given := Answer{Consent: Given, Day: "2026-03-01", Words: words, Way: OnPaper, Author: "nadia"}
		check := func(words string, consent Consent, want ...Answer) *Contact {
			t.Helper()
			c := b.all(t, b.nadia, words)[0]
			if diff := cmp.Diff(want, c.Answers, told); diff != "" || c.Consent != consent {
				t.Errorf("%s: %d (-want +got):\n%s", words, c.Consent, diff)
			}
			return c
		}
		anne := check("anne", Given, given)
		check("paul", Given, Answer{Consent: Given, Way: ByFile, Author: "nadia"})

		// The same file, and one that knows less, tell nothing new.
		for _, line := range []string{"oui;01/03/2026;" + words, "oui;;"} {
			if got := states(b.bring(t, b.nadia, account.Both, "Nom;Courriel;Accord;Date accord;Phrase\nPetit;anne@x.example;"+line+"\n")); got != "same" {
				t.Errorf("%q: %s", line, got)
			}
		}
		// A refusal of before her yes is history; so says its day.
		before := Answer{Consent: Refused, Day: "2025-06-02", Way: ByFile, Author: "marc"}
		b.bring(t, b.marc, account.Both, "Nom;Courriel;Accord;Date accord\nPetit;anne@x.example;non;02/06/2025\n")
		check("anne", Given, given, before)

		// She calls and says no; no file brings her yes back, a facilitator does.
		save := func(a Answer) {
			t.Helper()
			c := *anne
			c.Answers = []Answer{a}
			if _, err := b.Save(t.Context(), account.Actor{Who: "nadia"}, b.nadia, c, Origin{}); err != nil {
				t.Fatal(err)
			}
		}
		no := Answer{Consent: Refused, Day: "2026-11-23", Way: ByPhone}
		for range 2 { // pressed twice
			save(no)
		}
		no.Author = "nadia"
		check("anne", Refused, no, given, before)
		b.bring(t, b.marc, account.Both, "Nom;Courriel;Accord;Date accord\nPetit;anne@x.example;oui;23/11/2026\n")
		check("anne", Refused, no, given, before)
		b.now.Pass(time.Minute)
		again := Answer{Consent: Given, Day: "2026-11-23", Words: words, Way: AtDesk}
		save(again)
		again.Author = "nadia"
		check("anne", Given, again, no, given, before)

		own, err := b.Of(t.Context(), "anne@x.example")
		if err != nil || len(own) != 1 || len(own[0].Answers) != 4 {
			t.Errorf("as she takes it away: %+v, %v", own, err)
		}
		if err := b.Objects(t.Context(), account.Actor{Who: "nadia"}, anne); err != nil {
			t.Fatal(err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			var n int
			if err := tx.One(t.Context(), []any{&n}, `SELECT count(*) FROM contact_consent WHERE contact = $1`, anne.ID); err != nil || n != 0 {
				t.Errorf("%d answers of who is gone, %v", n, err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestParseWay(t *testing.T) {
	for in, want := range map[string]Way{
		"": "", "Téléphone": ByPhone, "par tél.": ByPhone, "formulaire du site": ByMail, "bulletin papier": OnPaper, "Salon de Béthune": AtEvent, "à l'accueil": AtDesk, "pigeon": "",
	} {
		got, problems := parseWay(in)
		if got != want || (len(problems) > 0) != (in == "pigeon") {
			t.Errorf("parseWay(%q) = %q, %v, want %q", in, got, problems, want)
		}
	}
	if !slices.Contains(Ways(), ByFile) {
		t.Error("a file's way cannot be kept on the page")
	}
}
