package app

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/directory/query"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/profile"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// What is said, confirmed, grown old or erased is heard at the next look, and
// two nodes that heard the same give it the same number.
func TestVoicesAreAsInTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
		vocabulary, err := profile.Load()
		if err != nil {
			t.Fatal(err)
		}
		p := &profile.Profiles{
			DB: d, Clock: now, Vocabulary: vocabulary, Refresh: func(context.Context) error { return nil },
			Over: func(context.Context, *db.Tx, directory.Act, register.SIRET, func(*directory.Overlay)) error {
				return nil
			},
		}
		trades, err := trade.Load()
		if err != nil {
			t.Fatal(err)
		}
		here, there := &voices{Profiles: p, Trades: trades, Clock: now}, &voices{Profiles: p, Trades: trades, Clock: now}
		hear := func(what string, want map[register.SIRET]*match.Said) {
			t.Helper()
			var versions [2]uint64
			for i, v := range []*voices{here, there} {
				before, old := v.Said()
				if err := v.Refresh(ctx); err != nil {
					t.Fatal(err)
				}
				got, version := v.Said()
				if diff := cmp.Diff(want, got); diff != "" && len(want)+len(got) > 0 {
					t.Fatalf("%s, node %d: -want +got\n%s", what, i, diff)
				}
				if cmp.Equal(before, got) != (old == version) && len(before)+len(got) > 0 {
					t.Errorf("%s, node %d: from version %d to %d, from %v to %v", what, i, old, version, before, got)
				}
				versions[i] = version
			}
			if versions[0] != versions[1] {
				t.Errorf("%s: versions %v on two nodes", what, versions)
			}
		}
		say := func(s register.SIRET, c profile.Content) {
			t.Helper()
			if faults, err := p.Change(ctx, profile.Change{SIRET: s, Content: c, By: account.Actor{Who: "amina", Channel: account.Web}}); err != nil {
				t.Fatal(faults, err)
			}
		}
		hear("nothing", nil)
		say(directorytest.Brochard, profile.Content{Sells: "escaliers, placards ; ", Buys: "bois, pain", Zone: "everywhere"})
		say(directorytest.Amina, profile.Content{Words: "coiffure à domicile"}) // nothing of use to partners
		brochard := &match.Said{Sells: []string{"escaliers", "placards"}, Buys: []string{"bois", "pain"}, ZoneKM: -1, Fresh: true, BuysTrades: []string{"boulanger"}, SellsTrades: []string{"menuisier"}}
		hear("a joiner", map[register.SIRET]*match.Said{directorytest.Brochard: brochard})
		now.Pass(time.Hour)
		say(directorytest.Repair, profile.Content{Zone: "20", Apprentices: true})
		repair := &match.Said{ZoneKM: 20, Apprentices: true, Fresh: true}
		hear("two", map[register.SIRET]*match.Said{directorytest.Brochard: brochard, directorytest.Repair: repair})
		now.Pass(400 * 24 * time.Hour)
		repair.Fresh, brochard.Fresh = false, false
		old := *brochard
		hear("a year later", map[register.SIRET]*match.Said{directorytest.Brochard: &old, directorytest.Repair: repair})
		if err := p.Confirm(ctx, account.Actor{Who: "amina", Channel: account.Web}, directorytest.Brochard); err != nil {
			t.Fatal(err)
		}
		again := old
		again.Fresh = true
		hear("confirmed", map[register.SIRET]*match.Said{directorytest.Brochard: &again, directorytest.Repair: repair})
		err = d.Write(ctx, func(t *db.Tx) error {
			_, err := t.Exec(ctx, `DELETE FROM profile WHERE siret = $1`, int64(directorytest.Brochard))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		hear("erased", map[register.SIRET]*match.Said{directorytest.Repair: repair})
		here.Forget()
		hear("read anew", map[register.SIRET]*match.Said{directorytest.Repair: repair})
		now.Pass(800 * 24 * time.Hour)
		hear("asleep", nil)
	})
}

// What a page says is read by partners: a trade recognised in its words counts
// more than words, and the territories it goes to bound nearness.
func TestPartnersReadWhatPeopleSaid(t *testing.T) {
	h := houseOn(t, "sqlite")
	now := clock.Hold(h.Voices.Clock.Now())
	h.Profiles.Clock, h.Voices.Clock = now, now
	by := account.Actor{Who: "amina", Channel: account.Web}
	joiner := func() match.Figures {
		t.Helper()
		found, err := h.Partners.Best(partner.Question{SIRET: directorytest.Repair, World: query.Craft})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found.Partners {
			if p.Side.SIRET == directorytest.Brochard {
				return p.Figures
			}
		}
		t.Fatalf("no joiner among %d partners", len(found.Partners))
		return match.Figures{}
	}
	bare := joiner()
	for _, c := range []struct {
		said     profile.Content
		services uint16
		near     bool
	}{
		{profile.Content{Buys: "menuiserie, papier"}, 800, true},
		{profile.Content{Buys: "papier", Zone: profile.InTerritories, Territories: []string{"calaisis"}}, 0, false},
		{profile.Content{Zone: profile.InTerritories, Territories: []string{h.territory(directorytest.Brochard)}}, 0, true},
		{profile.Content{Sells: "papier", Zone: "everywhere"}, 0, true},
	} {
		now.Pass(time.Hour)
		if faults, err := h.Profiles.Change(t.Context(), profile.Change{SIRET: directorytest.Repair, Content: c.said, By: by}); err != nil {
			t.Fatal(faults, err)
		}
		if said, _ := h.Voices.Said(); said[directorytest.Repair] == nil {
			t.Errorf("%+v is not heard", c.said)
		}
		if got := joiner(); got.Services != bare.Services+c.services || (got.Proximity == bare.Proximity) != c.near || !c.near && got.Proximity != 0 {
			t.Errorf("%+v: from %+v to %+v", c.said, bare, got)
		}
	}
}

// territory is where an establishment lies.
func (h *house) territory(s register.SIRET) string {
	e, err := h.Directory.Establishment(s)
	if err != nil {
		return ""
	}
	return e.Territory
}
