-- +goose Up

-- People that facilitators know, who have no account. Common to both
-- institutions; where each has them from is not.
CREATE TABLE contact (
	id          TEXT NOT NULL PRIMARY KEY,
	siret       BIGINT NOT NULL, -- 0: none, or not known yet
	firm        TEXT NOT NULL, -- as it was written
	commune     TEXT NOT NULL, -- as it was written
	territory   TEXT NOT NULL, -- slug; empty where it cannot be told
	given_name  TEXT NOT NULL,
	family_name TEXT NOT NULL,
	role        TEXT NOT NULL,
	mail        TEXT NOT NULL,
	mail_key    TEXT NOT NULL,
	phone       TEXT NOT NULL,
	consent     BIGINT NOT NULL, -- 1 they said that we may write, 0 not asked, -1 they said no
	token       TEXT NOT NULL UNIQUE, -- of the link by which they object
	created_at  BIGINT NOT NULL,
	changed_at  BIGINT NOT NULL,
	warned_at   BIGINT
);
CREATE INDEX contact_mail ON contact (mail_key);
CREATE INDEX contact_siret ON contact (siret);
CREATE INDEX contact_territory ON contact (territory);

-- Where a facilitator has a contact from, and what they noted.
CREATE TABLE contact_origin (
	contact     TEXT NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
	author      TEXT NOT NULL, -- id of a person
	institution TEXT NOT NULL,
	scope       TEXT NOT NULL, -- empty: both institutions; institution, mine
	source      TEXT NOT NULL,
	since       TEXT NOT NULL, -- civil day; empty where it is not known
	note        TEXT NOT NULL,
	changed_at  BIGINT NOT NULL,
	PRIMARY KEY (contact, author)
);

-- A file that was read and is being looked at before it changes anything; gone
-- within a day.
CREATE TABLE contact_import (
	id         TEXT NOT NULL PRIMARY KEY,
	author     TEXT NOT NULL,
	name       TEXT NOT NULL,
	content    TEXT NOT NULL, -- base64
	columns    TEXT NOT NULL, -- JSON: field to column, where the facilitator chose
	scope      TEXT NOT NULL,
	source     TEXT NOT NULL, -- for lines that tell none
	created_at BIGINT NOT NULL
);

-- Addresses that asked not to be kept: a digest with a secret of the house.
CREATE TABLE contact_objection (
	key TEXT NOT NULL PRIMARY KEY,
	at  BIGINT NOT NULL
);
