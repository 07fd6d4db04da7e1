package app

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/profile"
	"passerelle/internal/register"
)

// houseOn opens the tests' house on a database of an engine.
func houseOn(t *testing.T, engine string) *house {
	t.Helper()
	return houseAt(t, engine, clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)))
}

// houseAt opens one by a clock.
func houseAt(t *testing.T, engine string, c clock.Clock) *house {
	t.Helper()
	dir := t.TempDir()
	address := "sqlite:" + filepath.Join(dir, "passerelle.db")
	if engine == "postgres" {
		address = dbtest.PostgresURL(t)
	}
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	h, err := openHouse(&Context{
		Ctx: t.Context(), Stdout: io.Discard, Stderr: io.Discard, Clock: c,
		Config: &Config{Data: dir, Database: address, BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// speaks signs somebody in who speaks for an establishment.
func speaks(t *testing.T, h *house, mail string, s register.SIRET) *account.Person {
	t.Helper()
	ctx := t.Context()
	token, err := h.Accounts.Add(ctx, byCommand, account.NewPerson{Mail: mail})
	if err != nil {
		t.Fatal(err)
	}
	e, err := h.Accounts.Enter(ctx, token, account.Device{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Accounts.ClaimFirm(ctx, account.Actor{Who: e.Person.ID, Channel: account.Web}, e.Person, s, "artois")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Accounts.Approve(ctx, byCommand, c.ID, account.ByDecision, ""); err != nil {
		t.Fatal(err)
	}
	who, err := h.Accounts.Person(ctx, e.Person.ID)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

// An establishment that was taken over: its people, its page, its pictures,
// its contacts and its objection go along, once, whoever does it and however
// often; each of its people is told by one line.
func TestSuccession(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			h := houseOn(t, engine)
			ctx := t.Context()
			amina, jean := speaks(t, h, "amina@lys.fr", directorytest.Garage), speaks(t, h, "jean@lys.fr", directorytest.Garage)
			speaks(t, h, "jean@lys.fr", directorytest.Boulangerie)
			by := account.Actor{Who: amina.ID, Channel: account.Web}
			said := profile.Content{Words: "Mécanique du zouave", Resources: []string{"atelier"}, Visits: true}
			if _, err := h.Profiles.Change(ctx, profile.Change{SIRET: directorytest.Garage, Content: said, By: by}); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 300, 300)), nil); err != nil {
				t.Fatal(err)
			}
			if err := h.Profiles.AddPicture(ctx, profile.NewPicture{SIRET: directorytest.Garage, File: b.Bytes(), Alt: "Le pont", By: by}); err != nil {
				t.Fatal(err)
			}
			nadia := &account.Person{ID: "nadia", Duties: []account.Duty{{Role: account.Facilitator, Institution: account.CMA}}}
			if _, err := h.Contacts.Save(ctx, account.Actor{Who: "nadia"}, nadia, contact.Contact{SIRET: directorytest.Garage, FamilyName: "Petit", Mail: "petit@lys.fr"}, contact.Origin{Source: "salon"}); err != nil {
				t.Fatal(err)
			}
			if err := h.Directory.Hide(ctx, directory.Act{Who: amina.ID}, directorytest.Garage, "objection"); err != nil {
				t.Fatal(err)
			}
			s := account.Succession{From: directorytest.Garage, To: directorytest.Boulangerie, Territory: "artois"}
			var all sync.WaitGroup
			var done atomic.Int32
			for range 4 {
				all.Go(func() {
					if news, err := h.Accounts.Succeed(ctx, s); err != nil {
						t.Error(err)
					} else if news {
						done.Add(1)
					}
				})
			}
			all.Wait()
			if done.Load() != 1 {
				t.Errorf("it was done %d times", done.Load())
			}
			if err := h.Directory.Refresh(ctx); err != nil {
				t.Fatal(err)
			}
			for _, who := range []string{amina.ID, jean.ID} {
				p, err := h.Accounts.Person(ctx, who)
				if err != nil || len(p.Memberships) != 1 || p.Memberships[0] != directorytest.Boulangerie {
					t.Errorf("%s speaks for %v, %v", p.Mail, p.Memberships, err)
				}
				if n := waiting(t, h, who, "firm.succeed"); n != 1 {
					t.Errorf("%s is told %d times", p.Mail, n)
				}
			}
			if p, err := h.Profiles.Profile(ctx, directorytest.Boulangerie); err != nil || p.Words != said.Words {
				t.Errorf("the successor says %+v, %v", p, err)
			}
			if list, err := h.Profiles.Pictures(ctx, directorytest.Boulangerie); err != nil || len(list) != 1 {
				t.Errorf("%d pictures, %v", len(list), err)
			}
			if known, err := h.Contacts.Of(ctx, "petit@lys.fr"); err != nil || len(known) != 1 || known[0].SIRET != directorytest.Boulangerie {
				t.Errorf("the contact %+v, %v", known, err)
			}
			o := h.Directory.Overlay(directorytest.Boulangerie)
			if !o.Hidden || !strings.Contains(o.Words, "zouave") || len(o.Flags) != 1 {
				t.Errorf("the overlay of the successor: %+v", o)
			}
			if o := h.Directory.Overlay(directorytest.Garage); !o.Hidden || o.Words != "" {
				t.Errorf("the overlay of the other: %+v", o)
			}
		})
	}
}

// A firm that just closed: nothing moves, its people are told once, and again
// only when it had opened in between.
func TestClosedFirm(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			h := houseOn(t, engine)
			ctx := t.Context()
			amina := speaks(t, h, "amina@lys.fr", directorytest.Garage)
			end := func(want bool) {
				t.Helper()
				if done, err := h.Accounts.Succeed(ctx, account.Succession{From: directorytest.Garage}); err != nil || done != want {
					t.Errorf("done %t, %v, want %t", done, err, want)
				}
			}
			end(true)
			end(false)
			if n := waiting(t, h, amina.ID, "firm.close"); n != 1 {
				t.Errorf("told %d times", n)
			}
			if p, err := h.Accounts.Person(ctx, amina.ID); err != nil || len(p.Memberships) != 1 {
				t.Errorf("she speaks for %v, %v", p.Memberships, err)
			}
			if err := h.succeed(ctx); err != nil { // the register served has it
				t.Fatal(err)
			}
			end(true)
			// Somebody took over after all.
			if done, err := h.Accounts.Succeed(ctx, account.Succession{From: directorytest.Garage, To: directorytest.Boulangerie}); err != nil || !done {
				t.Errorf("the successor found later: %t, %v", done, err)
			}
		})
	}
}

// waiting counts the lines of a kind that wait for somebody's summary.
func waiting(t *testing.T, h *house, person, kind string) (n int) {
	t.Helper()
	err := h.DB.Read(t.Context(), func(tx *db.Tx) error {
		return tx.One(t.Context(), []any{&n}, `SELECT count(*) FROM mail_item WHERE person = $1 AND kind = $2`, person, kind)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
