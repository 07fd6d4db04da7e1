package match

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestARefusalKeepsItsPairAway(t *testing.T) {
	for _, f := range Refusals {
		if !f.Away(0) {
			t.Errorf("%s does not keep the pair away", f)
		}
		if got, want := f.Away(PostponedDays), f != NotNow; got != want {
			t.Errorf("%s after %d days: away %v, want %v", f, PostponedDays, got, want)
		}
	}
}

func TestVoicesDampAKindOfPairWithinBounds(t *testing.T) {
	f := Figures{2000, 1000, 500, 400}
	for _, c := range []struct {
		voices Voices
		want   Figures
	}{
		{nil, f},
		{Voices{Competitor: 2}, f},
		{Voices{Known: 50, NotNow: 50}, f},
		{Voices{Competitor: 2, OtherTrade: 1}, Figures{2000, 970, 485, 400}},
		{Voices{WrongSize: 90}, Figures{2000, 850, 425, 400}},
		{Voices{TooFar: 4}, Figures{1880, 1000, 500, 376}},
	} {
		if got := c.voices.Dampen(f); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.voices, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := Voices(rapid.MapOf(rapid.SampledFrom(Refusals), rapid.IntRange(0, 1000)).Draw(t, "voices"))
		if got := v.Dampen(f).Total(); got > f.Total() || int(got) < int(f.Total())*85/100-4 {
			t.Fatalf("%v: %d of %d", v, got, f.Total())
		}
	})
}

func TestEqualsStandByEvidenceThenFreshnessThenTheLeastSolicited(t *testing.T) {
	want := []Standing{
		{Total: 5000, SIRET: 9},
		{Total: 4000, Verified: true, Answers: 20, SIRET: 8},
		{Total: 4000, Answers: 90, SIRET: 7},
		{Total: 4000, Answers: 50, Fresh: true, Solicited: 8, SIRET: 6},
		{Total: 4000, Answers: 50, Solicited: 1, SIRET: 5},
		{Total: 4000, Answers: 50, Solicited: 2, SIRET: 3},
		{Total: 4000, Answers: 50, Solicited: 2, SIRET: 4},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, CompareStandings)
	if !slices.Equal(got, want) {
		t.Errorf("the order is %+v", got)
	}
}

// Who answers is told from three requests on; before, everybody stands between
// who does and who does not.
func TestAnswered(t *testing.T) {
	for _, c := range []struct {
		answered Answered
		known    bool
		rate     int
	}{
		{Answered{}, false, 50},
		{Answered{2, 0}, false, 50},
		{Answered{2, 2}, false, 50},
		{Answered{3, 0}, true, 0},
		{Answered{3, 2}, true, 67},
		{Answered{5, 4}, true, 80},
		{Answered{2, 2}.Add(Answered{1, 1}), true, 100},
	} {
		if c.answered.Known() != c.known || c.answered.Rate() != c.rate {
			t.Errorf("%+v: known %t, %d %%, want %t, %d %%", c.answered, c.answered.Known(), c.answered.Rate(), c.known, c.rate)
		}
	}
}
