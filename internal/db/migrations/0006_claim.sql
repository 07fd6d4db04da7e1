-- +goose Up

-- Who says that an establishment is theirs, and how it ended.
CREATE TABLE claim (
	id         TEXT NOT NULL PRIMARY KEY,
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	siret      BIGINT NOT NULL,
	territory  TEXT NOT NULL, -- of the establishment when it was claimed; empty outside of all
	state      TEXT NOT NULL, -- open, approved, refused, withdrawn
	proof      TEXT NOT NULL, -- letter, decision, member, domain, proconnect; empty while open
	code       TEXT NOT NULL, -- digest of the code last sent by letter; empty without one
	tries      BIGINT NOT NULL, -- left for that code
	sent_at    BIGINT, -- the letter
	decided_at BIGINT,
	decided_by TEXT NOT NULL, -- id of a person
	reason     TEXT NOT NULL, -- told to the claimer
	created_at BIGINT NOT NULL
);

-- One person has one open claim on an establishment.
CREATE UNIQUE INDEX claim_open ON claim (person, siret) WHERE state = 'open';
CREATE INDEX claim_waiting ON claim (territory, created_at) WHERE state = 'open';
CREATE INDEX claim_siret ON claim (siret);
