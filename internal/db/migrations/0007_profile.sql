-- +goose Up

-- What members say of their establishment, one row each. The words that are
-- searched are in establishment_overlay, written in the same transaction.
CREATE TABLE profile (
	siret        BIGINT NOT NULL PRIMARY KEY,
	content      TEXT NOT NULL, -- JSON
	changed_at   BIGINT NOT NULL,
	confirmed_at BIGINT NOT NULL -- when its people last said that it holds
);

-- What it was before each change, and who changed it for whom.
CREATE TABLE profile_revision (
	id        TEXT NOT NULL PRIMARY KEY,
	siret     BIGINT NOT NULL,
	at        BIGINT NOT NULL,
	who       TEXT NOT NULL, -- id of a person
	for_name  TEXT NOT NULL, -- whom a facilitator did it for, as they said it
	channel   TEXT NOT NULL,
	fields    TEXT NOT NULL, -- JSON list of what changed
	content   TEXT NOT NULL -- as it was before
);
CREATE INDEX profile_revision_siret ON profile_revision (siret, at);
