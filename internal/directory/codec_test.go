package directory

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"passerelle/internal/clock"
	"passerelle/internal/geo"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// brochard is a joiner with everything that an establishment can have.
func brochard() Establishment {
	return Establishment{
		SIRET: 38269518700049, Name: "Menuiserie Brochard", Sign: "Aux Copeaux d'Or", Acronym: "MB", Aliases: []string{"Brochard Bois", "L'Œuvre-d'Or"},
		Mask: MaskedAddress,
		Claims: []Claim{
			{"craft", Registered, "rne", "2026-11-01"},
			{"craft", Recorded, "sirene:aprm", "2026-11-01"},
			{"ess", Listed, "list:siae", "2020-12-18"},
		},
		Family: trade.Cooperative, Marks: []Mark{{"ei", "EI", "2020-12-18"}, {"rge", "", "2026-01-31"}},
		NAFA: "4332AA", NAF: "43.32A", NAF25: "43.32G", Trade: "menuisier", Sector: trade.Building, LegalForm: "5458",
		Size: "03", UnitSize: "11", Natural: true, Head: true, Created: "1899-12-31", RNA: "W622000001",
		Street: "12 bis, rue de la Gare", Complement: "Bâtiment B", Postcode: "62330", Commune: "62473", FormerCommune: "62110",
		Territory: "artois", Department: "62", Point: geo.Point{Lat: 50.619537, Lon: 2.469196}, Precision: AtAddress,
		Successor: 49483773500013,
	}
}

func TestCodecKeepsEverything(t *testing.T) {
	for _, want := range []Establishment{brochard(), {}, {SIRET: 99999999999999, Point: geo.Point{Lat: -21.1, Lon: -61.000001}, Precision: AtCommune}} {
		b := want.AppendBinary(nil)
		got, err := decodeEstablishment(b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("after encoding and decoding (-want +got):\n%s", d)
		}
		for n := range b {
			if _, err := decodeEstablishment(b[:n]); err == nil {
				t.Errorf("%d bytes of %d are read without an error", n, len(b))
			}
		}
		if _, err := decodeEstablishment(append(b, 0)); err == nil {
			t.Error("a byte too many is read without an error")
		}
	}
}

func TestCodecProperty(t *testing.T) {
	text := rapid.StringN(0, 40, 200)
	day := rapid.Custom(func(t *rapid.T) clock.Day { return numberedDay(rapid.Int64Range(-100000, 100000).Draw(t, "day")) })
	rapid.Check(t, func(t *rapid.T) {
		want := Establishment{
			SIRET: register.SIRET(rapid.Uint64Range(0, 99999999999999).Draw(t, "siret")),
			Size:  rapid.SampledFrom(trade.Sizes()).Draw(t, "size"), Sector: rapid.SampledFrom(trade.Sectors).Draw(t, "sector"),
			Created: day.Draw(t, "created"), Mask: rapid.SampledFrom([]Masking{Shown, MaskedAddress, MaskedPerson}).Draw(t, "mask"),
		}
		for _, s := range want.texts() {
			*s = text.Draw(t, "text")
		}
		for range rapid.IntRange(0, 3).Draw(t, "claims") {
			c := Claim{Certainty: rapid.SampledFrom(codecCertainties).Draw(t, "certainty"), Source: rapid.SampledFrom([]string{"rne", "list:scop", "sirene:naf"}).Draw(t, "source"), AsOf: day.Draw(t, "as of")}
			c.World = c.Certainty.World()
			want.Claims = append(want.Claims, c)
		}
		stored := want.AppendBinary(nil)
		got, err := decodeEstablishment(stored)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if name, sign, err := NamesOf(stored); name != want.Name || sign != want.Sign || err != nil {
			t.Errorf("its names are %q and %q (%v), want %q and %q", name, sign, err, want.Name, want.Sign)
		}
	})
}

func FuzzDecodeEstablishment(f *testing.F) {
	e := brochard()
	f.Add(e.AppendBinary(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := decodeEstablishment(b)
		if err != nil {
			return
		}
		again, err := decodeEstablishment(e.AppendBinary(nil))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(e, again); d != "" {
			t.Errorf("(-first +again):\n%s", d)
		}
	})
}
