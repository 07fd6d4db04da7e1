-- +goose Up

-- People with an account. Nothing else in the house holds who somebody is:
-- erasing a person is removing this row, and what is left elsewhere is an id
-- that leads nowhere.
CREATE TABLE person (
	id          TEXT NOT NULL PRIMARY KEY,
	mail        TEXT NOT NULL, -- as written
	mail_key    TEXT NOT NULL UNIQUE, -- as compared
	given_name  TEXT NOT NULL,
	family_name TEXT NOT NULL,
	phone       TEXT NOT NULL,
	language    TEXT NOT NULL, -- fr or en
	salt        BYTEA NOT NULL, -- of the digests in audit_entry
	created_at  BIGINT NOT NULL,
	seen_at     BIGINT NOT NULL -- of the last session
);

-- What a person is allowed, beside being a member of establishments.
CREATE TABLE person_role (
	person      TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	role        TEXT NOT NULL, -- facilitator, committee, operator
	institution TEXT NOT NULL, -- cma, departement, or empty
	given_at    BIGINT NOT NULL,
	PRIMARY KEY (person, role)
);

-- The territories of a facilitator; none is all of them.
CREATE TABLE person_territory (
	person    TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	territory TEXT NOT NULL, -- slug
	PRIMARY KEY (person, territory)
);

-- Who may speak for an establishment.
CREATE TABLE membership (
	person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	siret  BIGINT NOT NULL,
	proof  TEXT NOT NULL, -- how it was shown: letter, decision, domain, proconnect
	since  BIGINT NOT NULL,
	PRIMARY KEY (person, siret)
);
CREATE INDEX membership_siret ON membership (siret);

-- Links sent by mail to sign in with. A token is kept as its SHA-256.
CREATE TABLE signin_link (
	token      TEXT NOT NULL PRIMARY KEY,
	mail       TEXT NOT NULL,
	mail_key   TEXT NOT NULL,
	next       TEXT NOT NULL, -- path to go on to
	language   TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at    BIGINT -- once
);
CREATE INDEX signin_link_mail ON signin_link (mail_key, created_at);
CREATE INDEX signin_link_expires ON signin_link (expires_at);

-- Who is signed in. A token is kept as its SHA-256; the one before it is let
-- through for a moment after a change, for requests under way.
CREATE TABLE session (
	id         TEXT NOT NULL PRIMARY KEY,
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	token      TEXT NOT NULL UNIQUE,
	old_token  TEXT UNIQUE,
	device     TEXT NOT NULL, -- what the browser says it is, in short
	method     TEXT NOT NULL, -- link, passkey, proconnect, command
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL, -- of the token
	seen_at    BIGINT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX session_person ON session (person);
CREATE INDEX session_expires ON session (expires_at);

-- How often something was tried, by a key that names it: a mail, an address.
CREATE TABLE attempt (
	key    TEXT NOT NULL PRIMARY KEY, -- a digest, never the thing itself
	n      BIGINT NOT NULL,
	since  BIGINT NOT NULL -- start of the window counted
);
CREATE INDEX attempt_since ON attempt (since);

-- Every act that changed something: ids, names of fields and salted digests,
-- never values, names or addresses. Rows are only added; sealing numbers them
-- and links each to the one before.
CREATE TABLE audit_entry (
	id        TEXT NOT NULL PRIMARY KEY,
	at        BIGINT NOT NULL,
	act       TEXT NOT NULL,
	kind      TEXT NOT NULL, -- of what it was done to
	object    TEXT NOT NULL, -- its id
	who       TEXT NOT NULL, -- id of a person, or a role of the house
	on_behalf TEXT NOT NULL, -- id of the person it was done for
	channel   TEXT NOT NULL,
	fields    TEXT NOT NULL, -- JSON object: name of a field, salted digest of its new value
	number    BIGINT UNIQUE, -- in the chain, from 1
	hash      TEXT -- SHA-256 of this row and of the hash before
);
CREATE INDEX audit_entry_who ON audit_entry (who, at);
CREATE INDEX audit_entry_object ON audit_entry (kind, object, at);
