-- +goose Up

-- The address by which somebody's agenda program reads what is theirs. Only a
-- digest of it is kept: it was shown once.
CREATE TABLE agenda_feed (
	person  TEXT NOT NULL PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
	token   TEXT NOT NULL UNIQUE, -- digest
	made_at BIGINT NOT NULL
);
