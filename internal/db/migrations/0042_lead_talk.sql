-- +goose Up

-- Which point of convergence a lead serves, and when its owner or its parties
-- were last asked where it stands (0: never).
ALTER TABLE lead ADD COLUMN axis TEXT NOT NULL DEFAULT '';
ALTER TABLE lead ADD COLUMN asked_at BIGINT NOT NULL DEFAULT 0;
-- The order of every list.
CREATE INDEX lead_order ON lead ((CASE WHEN due = '' THEN '9999-12-31' ELSE due END), id);

-- What facilitators say of a lead to each other, and what a party answered
-- that was asked where it stands.
CREATE TABLE lead_comment (
	id         TEXT NOT NULL PRIMARY KEY,
	lead       TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	who        TEXT NOT NULL, -- id of a person; empty for a party, or who is gone
	siret      BIGINT NOT NULL, -- of the party that says it; 0: a facilitator
	standing   TEXT NOT NULL, -- of a party: done, talking, waiting, none; else empty
	words      TEXT NOT NULL, -- empty once it was taken back
	at         BIGINT NOT NULL,
	changed_at BIGINT NOT NULL, -- 0: as it was written
	removed_at BIGINT NOT NULL -- 0: not taken back
);
CREATE INDEX lead_comment_lead ON lead_comment (lead, at);
CREATE INDEX lead_comment_who ON lead_comment (who);

-- What a comment said before it was changed.
CREATE TABLE lead_comment_before (
	comment TEXT NOT NULL REFERENCES lead_comment (id) ON DELETE CASCADE,
	at      BIGINT NOT NULL, -- until when it said so
	words   TEXT NOT NULL,
	PRIMARY KEY (comment, at)
);

-- Whom a comment calls: a facilitator, or a party by its SIRET.
CREATE TABLE lead_mention (
	comment TEXT NOT NULL REFERENCES lead_comment (id) ON DELETE CASCADE,
	whom    TEXT NOT NULL, -- id of a person, or a SIRET
	PRIMARY KEY (comment, whom)
);

-- The papers of a lead.
CREATE TABLE lead_document (
	id   TEXT NOT NULL PRIMARY KEY,
	lead TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	name TEXT NOT NULL, -- without folder and end
	type TEXT NOT NULL, -- application/pdf, image/jpeg, application/vnd.oasis.opendocument.text
	size BIGINT NOT NULL,
	file BYTEA NOT NULL,
	who  TEXT NOT NULL, -- id of a person
	at   BIGINT NOT NULL
);
CREATE INDEX lead_document_lead ON lead_document (lead, at);
