package profile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// MostPictures is how many an establishment shows.
const MostPictures = 6

// Refusals about pictures; those of picture.Read are passed on.
var (
	ErrFull = errors.New("no room for another picture") // picture.fault.full
	ErrAlt  = errors.New("a picture is told in words")  // picture.fault.alt
)

// A Picture is one of an establishment, without its points.
type Picture struct {
	ID           string
	Alt          string // what is to be seen
	Hash         string // its address
	Wide, Narrow Size
	At           time.Time
}

// A Size is in points.
type Size struct{ Width, Height int }

// A NewPicture is one that somebody adds.
type NewPicture struct {
	SIRET   register.SIRET
	File    []byte
	Alt     string
	By      account.Actor
	ForName string // whom a facilitator does it for
}

// Pictures returns those of an establishment, in their order.
func (p *Profiles) Pictures(ctx context.Context, s register.SIRET) ([]Picture, error) {
	var list []Picture
	err := p.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = pictures(ctx, t, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pictures of %s: %w", s, err)
	}
	return list, nil
}

// PictureFile returns the JPEG of a picture: the wide or the narrow one.
func (p *Profiles) PictureFile(ctx context.Context, s register.SIRET, hash string, wide bool) ([]byte, error) {
	var b []byte
	err := p.DB.Read(ctx, func(t *db.Tx) (err error) {
		b, err = pictureFile(ctx, t, s, hash, wide)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("picture of %s: %w", s, err)
	}
	return b, nil
}

// AddPicture adds a picture after the others. The same one twice is there
// once. It returns ErrAlt, ErrFull, or what package picture refuses.
func (p *Profiles) AddPicture(ctx context.Context, n NewPicture) error {
	alt := tidy(n.Alt, false)
	if alt == "" || len([]rune(alt)) > MaxLine {
		return ErrAlt
	}
	made, err := p.Pictured.Read(ctx, n.File)
	if err != nil {
		return fmt.Errorf("add a picture to %s: %w", n.SIRET, err)
	}
	sum := sha256.Sum256(made.Wide.JPEG)
	now := p.Clock.Now()
	err = p.DB.Write(ctx, func(t *db.Tx) error {
		there, err := pictures(ctx, t, n.SIRET)
		if err != nil {
			return err
		}
		k := Picture{ID: db.NewID(now), Alt: alt, Hash: hex.EncodeToString(sum[:16]), At: now}
		for _, o := range there {
			if o.Hash == k.Hash {
				return nil // sent twice
			}
		}
		if len(there) >= MostPictures {
			return ErrFull
		}
		if err := addPicture(ctx, t, n, k, made); err != nil {
			return err
		}
		return p.pictured(ctx, t, Change{SIRET: n.SIRET, By: n.By, ForName: n.ForName}, "picture.add", now)
	})
	if err != nil {
		return fmt.Errorf("add a picture to %s: %w", n.SIRET, err)
	}
	return nil
}

// pictured keeps in the history that the pictures of an establishment changed.
// It confirms nothing of what the establishment says.
func (p *Profiles) pictured(ctx context.Context, t *db.Tx, c Change, act string, now time.Time) error {
	was, err := readProfile(ctx, t, c.SIRET)
	if errors.Is(err, db.ErrNotFound) {
		err = writeProfile(ctx, t, c.SIRET, Content{}, now)
	}
	if err != nil {
		return err
	}
	if err := addRevision(ctx, t, c, was.Content, []string{"pictures"}, now); err != nil {
		return err
	}
	return account.Record(ctx, t, now, account.Entry{Act: act, Kind: "establishment", Object: c.SIRET.String(), By: c.By})
}

// RemovePicture removes a picture of an establishment; removed twice, it is
// gone. c tells the establishment and who does it.
func (p *Profiles) RemovePicture(ctx context.Context, c Change, id string) error {
	now := p.Clock.Now()
	err := p.DB.Write(ctx, func(t *db.Tx) error {
		n, err := t.Exec(ctx, `DELETE FROM profile_picture WHERE siret = $1 AND id = $2`, int64(c.SIRET), id)
		if err != nil || n == 0 {
			return err
		}
		return p.pictured(ctx, t, c, "picture.remove", now)
	})
	if err == nil {
		err = p.DB.Flush(ctx) // what somebody takes away is nowhere in the files
	}
	if err != nil {
		return fmt.Errorf("remove a picture of %s: %w", c.SIRET, err)
	}
	return nil
}

// FirstPicture puts a picture before the others. It returns db.ErrNotFound for
// one that is not there.
func (p *Profiles) FirstPicture(ctx context.Context, c Change, id string) error {
	now := p.Clock.Now()
	err := p.DB.Write(ctx, func(t *db.Tx) error {
		list, err := pictures(ctx, t, c.SIRET)
		if err != nil {
			return err
		}
		if len(list) > 0 && list[0].ID == id {
			return nil
		}
		if err := firstPicture(ctx, t, c.SIRET, id); err != nil {
			return err
		}
		return p.pictured(ctx, t, c, "picture.first", now)
	})
	if err != nil {
		return fmt.Errorf("put a picture of %s first: %w", c.SIRET, err)
	}
	return nil
}
