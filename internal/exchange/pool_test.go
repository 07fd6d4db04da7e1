package exchange

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// flour is a purchase of flour, by the ton.
func (m *market) flour(who string, threshold Quantity, until clock.Day) *Need {
	m.t.Helper()
	n := m.post(who, directorytest.Boulangerie, NeedContent{Direction: Seeking, Kind: Purchase, Title: "Farine de meule", Unit: "t", Commune: "62473"})
	if err := m.OpenPool(m.t.Context(), account.Actor{Who: who, Channel: account.Web}, n.ID, threshold, until); err != nil {
		m.t.Fatal(err)
	}
	return n
}

// Firms that join, change their mind and leave, all at once, are each in the end
// where they last said to be: nobody is lost, and the total is theirs.
func TestHardCase04TotalsAreDerived(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		amina := m.member("amina@lys.fr", directorytest.Boulangerie)
		n := m.flour(amina, 5000, "2026-12-20")
		want := map[register.SIRET]Quantity{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for i, s := range firms(12) {
			all.Go(func() {
				r := rand.New(rand.NewPCG(uint64(i), 4))
				for range 4 {
					a := Answer{Need: n.ID, SIRET: s, By: account.Actor{Who: "x", Channel: account.Web}}
					q := Quantity(1 + r.IntN(3000))
					var err error
					if r.IntN(3) == 0 {
						q = 0
						err = m.Leave(ctx, a)
					} else {
						err = m.Join(ctx, a, q)
					}
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					want[s] = q
					mu.Unlock()
				}
			})
		}
		all.Wait()
		p, err := m.Pool(ctx, n.ID)
		if err != nil {
			t.Fatal(err)
		}
		var sum Quantity
		in := 0
		for _, q := range want {
			if sum += q; q > 0 {
				in++
			}
		}
		if p.Total() != sum || len(p.Joiners) != in {
			t.Errorf("%d are in for %s, want %d for %s", len(p.Joiners), p.Total(), in, sum)
		}
		for _, j := range p.Joiners {
			if want[j.SIRET] != j.Quantity {
				t.Errorf("%s wants %s, said %s", j.SIRET, j.Quantity, want[j.SIRET])
			}
		}
	})
}

// Too little at the day: all are told, it is extended once, reached, and closes
// into a group; a step cannot be taken twice or out of order.
func TestPoolToGroup(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		amina, brochard := m.member("amina@lys.fr", directorytest.Boulangerie), m.member("brochard@lys.fr", directorytest.Brochard)
		by := account.Actor{Who: amina, Channel: account.Web}
		n := m.flour(amina, 5000, "2026-11-30")
		a, b := Answer{Need: n.ID, SIRET: directorytest.Boulangerie, By: by}, Answer{Need: n.ID, SIRET: directorytest.Brochard, By: account.Actor{Who: brochard, Channel: account.Web}}
		for _, step := range []error{m.Join(ctx, a, 2000), m.Join(ctx, b, 2500)} {
			if step != nil {
				t.Fatal(step)
			}
		}
		if err := m.AddOffer(ctx, by, n.ID, Offer{Supplier: "Moulin de l'Aa", Unit: 42_000, Delivery: 9_000, Delivers: true}); err != nil {
			t.Fatal(err)
		}
		p, err := m.Pool(ctx, n.ID)
		if err != nil {
			t.Fatal(err)
		}
		offer := p.Offers[0].ID
		if err := m.Form(ctx, by, n.ID, offer, directorytest.Brochard); !errors.Is(err, ErrShort) {
			t.Errorf("a group with too little: %v", err)
		}
		if err := m.Extend(ctx, by, n.ID, "2026-12-15"); !errors.Is(err, ErrPool) {
			t.Errorf("extended before its day: %v", err)
		}
		m.now.Pass(8 * 24 * time.Hour)
		m.kinds()
		for range 2 {
			if err := m.TidyPools(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if got := m.kinds(); !slices.Equal(got, []string{"pool.missed", "pool.missed"}) {
			t.Errorf("told %v", got)
		}
		if err := m.Join(ctx, b, 9000); !errors.Is(err, ErrPool) {
			t.Errorf("joined after its day: %v", err)
		}
		if err := m.Extend(ctx, by, n.ID, "2026-12-15"); err != nil {
			t.Fatal(err)
		}
		if err := m.Join(ctx, b, 3000); err != nil {
			t.Fatal(err)
		}
		if err := m.Form(ctx, by, n.ID, offer, directorytest.Garage); !errors.Is(err, ErrPoolFaults) {
			t.Errorf("a referent who is not in: %v", err)
		}
		m.kinds()
		if err := m.Form(ctx, by, n.ID, offer, directorytest.Brochard); err != nil {
			t.Fatal(err)
		}
		if got := m.kinds(); !slices.Equal(got, []string{"pool.group", "pool.group"}) {
			t.Errorf("told %v", got)
		}
		if err := m.Leave(ctx, b); !errors.Is(err, ErrPool) {
			t.Errorf("left the group: %v", err)
		}
		if n, err := m.Need(ctx, n.ID); err != nil || n.State != NeedMet {
			t.Errorf("the need is %s, %v", n.State, err)
		}
		var bands []string
		err = d.Read(ctx, func(tx *db.Tx) error {
			events, err := eventsOf(ctx, tx, n.ID)
			bands = nil
			for _, e := range events {
				if e.Kind == "pool.group" {
					bands = append(bands, e.Band)
				}
			}
			return err
		})
		if err != nil || !slices.Equal(bands, []string{"1000-4999"}) {
			t.Errorf("counted %v, %v", bands, err)
		}
	})
}

// Offers are compared per unit and in total, to the cent.
func TestCompare(t *testing.T) {
	offers := []Offer{
		{Supplier: "cheap by unit", Unit: 40_000, Delivery: 50_000}, {Supplier: "cheap in total", Unit: 42_000, Delivery: 9_000}, {Supplier: "by the lorry", Unit: 30_000, Minimum: 20_000},
	}
	got := Compare(offers, 5500)
	if got[0].Supplier != "cheap in total" || got[0].InTotal != 240_000 || got[0].PerUnit != 43_637 || got[1].InTotal != 270_000 || !got[2].TooSmall {
		t.Errorf("%+v", got)
	}
	if got := Compare(offers, 0); got[0].PerUnit != 0 {
		t.Errorf("of nothing: %+v", got[0])
	}
}

// Shares add up to the sum, and no two who want the same differ by more than a
// cent.
func TestShares(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		joiners := make([]Joiner, 1+r.IntN(12))
		for i := range joiners {
			joiners[i].Quantity = Quantity(1 + r.IntN(5))
		}
		sum := sheet.Cents(r.IntN(100_000))
		shares := Shares(joiners, sum)
		var got, least, most sheet.Cents
		least = sum
		for i, s := range shares {
			got += s
			if joiners[i].Quantity == joiners[0].Quantity {
				least, most = min(least, s), max(most, s)
			}
		}
		if got != sum || most-least > 1 {
			t.Fatalf("%v of %d: %v", joiners, sum, shares)
		}
	}
	if got := Shares(nil, 10); len(got) != 0 {
		t.Errorf("of nobody: %v", got)
	}
}

// Of two firms that buy along, one takes over the other: it wants as much as
// both, and the total stays. A firm that closes buys no more.
func TestPoolFollowsSuccessor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		m, ctx := openMarket(t, d), t.Context()
		by := account.Actor{Who: m.member("amina@lys.fr", directorytest.Boulangerie), Channel: account.Web}
		n := m.post(by.Who, directorytest.Boulangerie, NeedContent{Direction: Seeking, Kind: Purchase, Title: "Farine", Words: "Par palettes.", Commune: "62473", Unit: "kg"})
		if err := m.OpenPool(ctx, by, n.ID, 5000, "2026-12-20"); err != nil {
			t.Fatal(err)
		}
		join := func(s register.SIRET, q Quantity) {
			t.Helper()
			if err := m.Join(ctx, Answer{Need: n.ID, SIRET: s, By: by}, q); err != nil {
				t.Fatal(err)
			}
		}
		join(directorytest.Garage, 1000)
		join(directorytest.Brochard, 2000)
		join(directorytest.Repair, 4000)
		total := func(who int, want Quantity) {
			t.Helper()
			p, err := m.Pool(ctx, n.ID)
			if err != nil || p.Total() != want || len(p.Joiners) != who {
				t.Errorf("%d want %s in all, want %d and %s, %v", len(p.Joiners), p.Total(), who, want, err)
			}
		}
		for range 2 {
			if err := d.Write(ctx, func(tx *db.Tx) error { return m.Move(ctx, tx, directorytest.Garage, directorytest.Brochard) }); err != nil {
				t.Fatal(err)
			}
			total(2, 7000)
		}
		for range 2 {
			if err := d.Write(ctx, func(tx *db.Tx) error { return m.End(ctx, tx, directorytest.Repair) }); err != nil {
				t.Fatal(err)
			}
			total(1, 3000)
		}
	})
}
