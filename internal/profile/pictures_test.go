package profile

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/picture"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// shop is a picture of a colour of its own.
func shop(t testing.TB, n int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			m.SetRGBA(x, y, color.RGBA{uint8(40 * n), uint8(x), uint8(y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// said are profiles on a database, whose overlay is kept for the test to see.
func said(t testing.TB, d *db.DB, over *directory.Overlay) *Profiles {
	t.Helper()
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	var one sync.Mutex
	return &Profiles{
		Trades: trades, Tell: func(context.Context, *db.Tx, LabelNews) error { return nil },
		DB: d, Clock: clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), Vocabulary: vocabulary(t), Pictured: new(picture.Reader),
		Over: func(_ context.Context, _ *db.Tx, _ directory.Act, _ register.SIRET, how func(*directory.Overlay)) error {
			one.Lock()
			defer one.Unlock()
			how(over)
			return nil
		},
		Refresh: func(context.Context) error { return nil },
	}
}

// Six pictures and no more, however many arrive at once; the same one twice is
// there once; one goes first, one goes away, and the history tells.
func TestPictures(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := said(t, d, new(directory.Overlay))
		amina := account.Actor{Who: "amina", Channel: account.Web}
		add := func(n int, alt string) error {
			return p.AddPicture(t.Context(), NewPicture{SIRET: bakery, File: shop(t, n), Alt: alt, By: amina})
		}
		if err := add(0, "  "); !errors.Is(err, ErrAlt) {
			t.Errorf("without words: %v", err)
		}
		if err := p.AddPicture(t.Context(), NewPicture{SIRET: bakery, File: []byte("x"), Alt: "x", By: amina}); !errors.Is(err, picture.ErrKind) {
			t.Errorf("no picture: %v", err)
		}
		var all sync.WaitGroup
		var mu sync.Mutex
		full := 0
		for n := range 8 {
			all.Go(func() {
				if err := add(n%7, "Le fournil"); err != nil {
					mu.Lock()
					defer mu.Unlock()
					if full++; !errors.Is(err, ErrFull) {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		list, err := p.Pictures(t.Context(), bakery)
		if err != nil || len(list) != MostPictures || full < 1 || full > 2 {
			t.Fatalf("%d pictures, %d refused, %v", len(list), full, err)
		}
		last := list[5]
		for range 2 {
			if err := p.FirstPicture(t.Context(), Change{SIRET: bakery, By: amina}, last.ID); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.FirstPicture(t.Context(), Change{SIRET: bakery + 1, By: amina}, last.ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("of another establishment: %v", err)
		}
		for range 2 {
			if err := p.RemovePicture(t.Context(), Change{SIRET: bakery, By: amina}, list[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		after, err := p.Pictures(t.Context(), bakery)
		if err != nil || len(after) != 5 || after[0].ID != last.ID {
			t.Errorf("afterwards %d, %v", len(after), err)
		}
		for _, wide := range []bool{true, false} {
			b, err := p.PictureFile(t.Context(), bakery, last.Hash, wide)
			if c, bad := jpeg.DecodeConfig(bytes.NewReader(b)); err != nil || bad != nil || c.Width != 320 {
				t.Errorf("the file: %v, %v, %v", c, err, bad)
			}
		}
		if _, err := p.PictureFile(t.Context(), bakery, list[0].Hash, true); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a removed one: %v", err)
		}
		history, err := p.Revisions(t.Context(), bakery, 20)
		if err != nil || len(history) != 8 || !slices.Equal(history[0].Fields, []string{"pictures"}) {
			t.Errorf("%d changes, %v", len(history), err)
		}
	})
}

// Who leaves takes along the pictures that name them; the last one, all.
func TestPicturesAreForgotten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := said(t, d, new(directory.Overlay))
		for n, alt := range []string{"Zénobie Quetzalcoatl au pétrin", "Le four"} {
			if err := p.AddPicture(t.Context(), NewPicture{SIRET: bakery, File: shop(t, n), Alt: alt, By: account.Actor{Who: "zenobie", Channel: account.Web}}); err != nil {
				t.Fatal(err)
			}
		}
		who := &account.Person{ID: "zenobie", Mail: "z@lys.fr", FamilyName: "Quetzalcoatl", Memberships: []register.SIRET{bakery}}
		left := func() int {
			t.Helper()
			list, err := p.Pictures(t.Context(), bakery)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		forget := func() {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return p.Forget(t.Context(), tx, who) }); err != nil {
				t.Fatal(err)
			}
		}
		colleague(t, d)
		if forget(); left() != 1 {
			t.Errorf("with a colleague, %d are left", left())
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM membership`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if forget(); left() != 0 {
			t.Errorf("without, %d are left", left())
		}
	})
}

// colleague has somebody else speak for the bakery.
func colleague(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := t.Context()
	a := &account.Accounts{DB: d, Clock: clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), Send: func(context.Context, *db.Tx, account.Letter) error { return nil }}
	by := account.Actor{Who: "operator", Channel: account.Command}
	token, err := a.Add(ctx, by, account.NewPerson{Mail: "amina@lys.fr"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := a.Enter(ctx, token, account.Device{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.ClaimFirm(ctx, by, e.Person, bakery, "artois")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Approve(ctx, by, c.ID, account.ByDecision, ""); err != nil {
		t.Fatal(err)
	}
}
