package match

import (
	"errors"
	"testing"
)

func TestWeightsInAnAddress(t *testing.T) {
	for text, want := range map[string]Weights{
		"":                                     {1, 1, 1, 1},
		"services:2":                           {1, 2, 1, 1},
		"proximity:0,jobs:2.5, resources:0":    {0, 1, 2.5, 0},
		"jobs:10,services:0":                   {1, 0, 10, 1},
		"resources:1,jobs:1,services:1":        {1, 1, 1, 1},
		"proximity:0,services:0,jobs:0":        {0, 0, 0, 1},
		"proximity:1e0,services:0x1p-1,jobs:1": {1, .5, 1, 1},
	} {
		got, err := ParseWeights(text)
		if err != nil || got != want {
			t.Errorf("%q: %v %v, want %v", text, got, err, want)
			continue
		}
		if again, err := ParseWeights(got.String()); err != nil || again != got {
			t.Errorf("%q: written %q and read %v %v", text, got.String(), again, err)
		}
	}
	for _, text := range []string{",", "services", "services:", "services:-1", "services:11", "services:NaN", "services:Inf", "service:1", "services:1,services:1", "proximity:0,services:0,jobs:0,resources:0", ":1"} {
		if w, err := ParseWeights(text); !errors.Is(err, ErrWeights) {
			t.Errorf("%q: %v %v, want ErrWeights", text, w, err)
		}
	}
}

func FuzzWeights(f *testing.F) {
	f.Add("proximity:1,services:2,jobs:1,resources:0")
	f.Add("services:0x1p-1")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ParseWeights(text)
		if err != nil {
			return
		}
		if again, err := ParseWeights(w.String()); err != nil || again != w {
			t.Errorf("%q is %v, written %q and read %v %v", text, w, w.String(), again, err)
		}
		if total := w.Apply(Figures{Most, Most, Most, Most}).Total(); total > 4*Most {
			t.Errorf("%q: %d hundredths of a point", text, total)
		}
	})
}
