package db

import "context"

// Notice tells every node, once the transaction has committed, that something
// about topic has changed, and returns the new version of the topic. A row
// stamped with that version can be found again by those who knew an earlier
// one: versions of a topic commit in order and none is skipped, because the
// topic's row stays locked until the commit.
func (t *Tx) Notice(ctx context.Context, topic string) (int64, error) {
	var version int64
	err := t.One(ctx, []any{&version}, `
		INSERT INTO notice (topic, version) VALUES ($1, 1)
		ON CONFLICT (topic) DO UPDATE SET version = notice.version + 1
		RETURNING version`, topic)
	return version, err
}

// Mark gives a topic that nobody else notices a version: how far something has
// come.
func (t *Tx) Mark(ctx context.Context, topic string, version int64) error {
	_, err := t.Exec(ctx, `
		INSERT INTO notice (topic, version) VALUES ($1, $2)
		ON CONFLICT (topic) DO UPDATE SET version = excluded.version`, topic, version)
	return err
}

// Changes returns the topics whose version is not the one in since, with
// their version of now. A node asks every second or so; the answer is one
// small read.
func (d *DB) Changes(ctx context.Context, since map[string]int64) (map[string]int64, error) {
	changed := make(map[string]int64)
	err := d.Read(ctx, func(t *Tx) error {
		clear(changed)
		for row, err := range t.Query(ctx, `SELECT topic, version FROM notice`) {
			if err != nil {
				return err
			}
			var topic string
			var version int64
			if err := row.Scan(&topic, &version); err != nil {
				return err
			}
			if since[topic] != version {
				changed[topic] = version
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}
