-- +goose Up

-- Establishments for which nobody speaks any more, until a facilitator has seen
-- to it or somebody speaks for them again.
CREATE TABLE firm_left (
	siret     BIGINT NOT NULL PRIMARY KEY,
	territory TEXT NOT NULL, -- slug, empty where it is not known
	at        BIGINT NOT NULL
);
