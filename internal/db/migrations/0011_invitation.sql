-- +goose Up

-- A link may let its reader speak for an establishment: one of its people sent
-- it. 0 is none.
ALTER TABLE signin_link ADD COLUMN siret BIGINT NOT NULL DEFAULT 0;
ALTER TABLE signin_link ADD COLUMN invited_by TEXT NOT NULL DEFAULT '';
