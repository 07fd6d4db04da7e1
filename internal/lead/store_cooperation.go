package lead

import (
	"context"
	"errors"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

const cooperationColumns = `id, kind, started, amount_from, amount_to, hours, jobs, materials, public_order, lead, territory, declared_by, declared_for, created_at`

func scanCooperation(r *db.Row) (*Cooperation, error) {
	var c Cooperation
	var siret, created int64
	err := r.Scan(&c.ID, &c.Kind, &c.Started, &c.Amount.From, &c.Amount.To, &c.Hours, &c.Jobs, &c.Materials, &c.PublicOrder, &c.Lead, &c.Territory, &c.DeclaredBy, &siret, &created)
	c.DeclaredFor, c.CreatedAt = register.SIRET(siret), db.Time(created)
	return &c, err
}

func cooperationByID(ctx context.Context, t *db.Tx, id string) (*Cooperation, error) {
	list, err := db.All(ctx, t, scanCooperation, `
		SELECT `+cooperationColumns+`
		FROM cooperation
		WHERE id = $1`, id)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, db.ErrNotFound
	}
	return list[0], withParties(ctx, t, list[0])
}

func cooperationsOf(ctx context.Context, t *db.Tx, s register.SIRET) ([]*Cooperation, error) {
	list, err := db.All(ctx, t, scanCooperation, `
		SELECT `+cooperationColumns+`
		FROM cooperation
		WHERE id IN (SELECT cooperation FROM cooperation_party WHERE siret = $1)
		ORDER BY started DESC, id DESC`, int64(s))
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if err := withParties(ctx, t, c); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// workedWith returns who took part in a cooperation of one of some which nobody
// denies.
func workedWith(ctx context.Context, t *db.Tx, some []register.SIRET) ([]register.SIRET, error) {
	args := make([]any, len(some))
	for i, s := range some {
		args[i] = int64(s)
	}
	return db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
		var s int64
		err := r.Scan(&s)
		return register.SIRET(s), err
	}, `
		SELECT DISTINCT b.siret
		FROM cooperation_party a
		JOIN cooperation_party b ON b.cooperation = a.cooperation AND b.siret <> a.siret
		WHERE a.siret IN (`+db.In(1, len(args))+`)
			AND NOT EXISTS (SELECT 1 FROM cooperation_party d WHERE d.cooperation = a.cooperation AND d.state = 'denied')
		ORDER BY b.siret`, args...)
}

// cooperationBy returns the cooperation that some parties reached by one of
// some paths.
func cooperationBy(ctx context.Context, t *db.Tx, paths []Origin, parties string) (*Cooperation, error) {
	for _, o := range paths {
		var id string
		err := t.One(ctx, []any{&id}, `
			SELECT cooperation
			FROM cooperation_path
			WHERE kind = $1 AND id = $2 AND parties = $3`, o.Kind, o.ID, parties)
		if err == nil {
			return cooperationByID(ctx, t, id)
		}
		if !errors.Is(err, db.ErrNotFound) {
			return nil, err
		}
	}
	return nil, db.ErrNotFound
}

func withParties(ctx context.Context, t *db.Tx, c *Cooperation) (err error) {
	c.Parties, err = db.All(ctx, t, func(r *db.Row) (Party, error) {
		var p Party
		var siret int64
		var at *int64
		err := r.Scan(&siret, &p.State, &p.Who, &p.Channel, &at)
		if p.SIRET = register.SIRET(siret); at != nil {
			p.At = db.Time(*at)
		}
		return p, err
	}, `
		SELECT siret, state, who, channel, at
		FROM cooperation_party
		WHERE cooperation = $1
		ORDER BY siret`, c.ID)
	return err
}

func addCooperation(ctx context.Context, t *db.Tx, c *Cooperation) error {
	_, err := t.Exec(ctx, `
		INSERT INTO cooperation (`+cooperationColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		c.ID, c.Kind, string(c.Started), int64(c.Amount.From), int64(c.Amount.To), c.Hours, c.Jobs, c.Materials, c.PublicOrder, c.Lead, c.Territory, c.DeclaredBy, int64(c.DeclaredFor), db.Micros(c.CreatedAt))
	if err != nil {
		return err
	}
	for i := range c.Parties {
		p := &c.Parties[i]
		var at *int64
		if !p.At.IsZero() {
			micros := db.Micros(p.At)
			at = &micros
		}
		if _, err := t.Exec(ctx, `
			INSERT INTO cooperation_party (cooperation, siret, state, who, channel, at)
			VALUES ($1, $2, $3, $4, $5, $6)`, c.ID, int64(p.SIRET), p.State, p.Who, p.Channel, at); err != nil {
			return err
		}
	}
	return nil
}

func answerParty(ctx context.Context, t *db.Tx, id string, p *Party) error {
	_, err := t.Exec(ctx, `
		UPDATE cooperation_party
		SET state = $3, who = $4, channel = $5, at = $6
		WHERE cooperation = $1 AND siret = $2`, id, int64(p.SIRET), p.State, p.Who, p.Channel, db.Micros(p.At))
	return err
}

func addPaths(ctx context.Context, t *db.Tx, id, parties string, paths []Origin) error {
	for _, o := range paths {
		if _, err := t.Exec(ctx, `
			INSERT INTO cooperation_path (kind, id, parties, cooperation)
			VALUES ($1, $2, $3, $4)
			ON CONFLICT (kind, id, parties) DO NOTHING`, o.Kind, o.ID, parties, id); err != nil {
			return err
		}
	}
	return nil
}

func pathsOf(ctx context.Context, t *db.Tx, id string) ([]Origin, error) {
	return db.All(ctx, t, func(r *db.Row) (o Origin, err error) {
		err = r.Scan(&o.Kind, &o.ID)
		return o, err
	}, `SELECT kind, id FROM cooperation_path WHERE cooperation = $1 ORDER BY kind, id`, id)
}
