package profile

import (
	"context"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/picture"
	"passerelle/internal/register"
)

func pictures(ctx context.Context, t *db.Tx, s register.SIRET) ([]Picture, error) {
	return db.All(ctx, t, func(r *db.Row) (Picture, error) {
		var k Picture
		var at int64
		err := r.Scan(&k.ID, &k.Alt, &k.Hash, &k.Wide.Width, &k.Wide.Height, &k.Narrow.Width, &k.Narrow.Height, &at)
		k.At = db.Time(at)
		return k, err
	}, `
		SELECT id, alt, hash, wide_width, wide_height, narrow_width, narrow_height, created_at
		FROM profile_picture
		WHERE siret = $1
		ORDER BY position, id`, int64(s))
}

func pictureFile(ctx context.Context, t *db.Tx, s register.SIRET, hash string, wide bool) ([]byte, error) {
	column := "narrow"
	if wide {
		column = "wide"
	}
	var b []byte
	err := t.One(ctx, []any{&b}, `
		SELECT `+column+`
		FROM profile_picture
		WHERE siret = $1 AND hash = $2`, int64(s), hash)
	return b, err
}

// addPicture writes a picture after the others of its establishment.
func addPicture(ctx context.Context, t *db.Tx, n NewPicture, k Picture, made *picture.Picture) error {
	_, err := t.Exec(ctx, `
		INSERT INTO profile_picture (id, siret, position, alt, hash, wide, wide_width, wide_height, narrow, narrow_width, narrow_height, who, created_at)
		VALUES ($1, $2, (SELECT coalesce(max(position), 0) + 1 FROM profile_picture WHERE siret = $2), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		k.ID, int64(n.SIRET), k.Alt, k.Hash, made.Wide.JPEG, made.Wide.Width, made.Wide.Height, made.Narrow.JPEG, made.Narrow.Width, made.Narrow.Height,
		n.By.Who, db.Micros(k.At))
	return err
}

// firstPicture gives a picture the smallest position of its establishment.
func firstPicture(ctx context.Context, t *db.Tx, s register.SIRET, id string) error {
	n, err := t.Exec(ctx, `
		UPDATE profile_picture
		SET position = (SELECT min(position) - 1 FROM profile_picture WHERE siret = $1)
		WHERE siret = $1 AND id = $2`, int64(s), id)
	if err == nil && n == 0 {
		err = db.ErrNotFound
	}
	return err
}

// forgetPictures removes the pictures of an establishment whose words tell who
// somebody is: it is them that is seen.
func forgetPictures(ctx context.Context, t *db.Tx, s register.SIRET, who *account.Person) error {
	list, err := pictures(ctx, t, s)
	if err != nil {
		return err
	}
	for _, k := range list {
		if !tells(k.Alt, who) {
			continue
		}
		if _, err := t.Exec(ctx, `DELETE FROM profile_picture WHERE id = $1`, k.ID); err != nil {
			return err
		}
	}
	return nil
}

// tells reports whether a text says who somebody is.
func tells(text string, who *account.Person) bool {
	text = strings.ToLower(text)
	for _, told := range []string{who.Mail, who.Phone, who.GivenName + " " + who.FamilyName, who.FamilyName} {
		if told = strings.ToLower(strings.TrimSpace(told)); told != "" && strings.Contains(text, told) {
			return true
		}
	}
	return false
}
