-- +goose Up

-- Establishments that people spoke for and the registers no longer give as
-- open: each is dealt with once, by whichever node comes first.
CREATE TABLE firm_end (
	siret     BIGINT NOT NULL PRIMARY KEY,
	successor BIGINT NOT NULL, -- who took over; 0: nobody
	at        BIGINT NOT NULL
);

-- Activities of people who have no SIRET: not yet, not known, not disclosed.
CREATE TABLE activity (
	id         TEXT NOT NULL PRIMARY KEY,
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	name       TEXT NOT NULL,
	commune    TEXT NOT NULL, -- INSEE code
	territory  TEXT NOT NULL, -- slug; empty outside of all
	trade      TEXT NOT NULL, -- slug; empty where none was chosen
	words      TEXT NOT NULL, -- what they do, and why there is no number
	siret      BIGINT NOT NULL, -- 0: not known yet
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	reached_at BIGINT -- when a facilitator talked with them
);
CREATE INDEX activity_person ON activity (person);
CREATE INDEX activity_territory ON activity (territory);
