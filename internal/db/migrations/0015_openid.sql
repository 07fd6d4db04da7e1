-- +goose Up

-- What a session that began at a provider of identities is ended there with:
-- its ID token. It goes with the session; empty is none.
ALTER TABLE session ADD COLUMN id_token TEXT NOT NULL DEFAULT '';
