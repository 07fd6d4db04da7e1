-- +goose Up

-- The pictures of an establishment, in the two sizes that pages show.
CREATE TABLE profile_picture (
	id            TEXT NOT NULL PRIMARY KEY,
	siret         BIGINT NOT NULL,
	position      BIGINT NOT NULL, -- smallest first
	alt           TEXT NOT NULL, -- what is to be seen, in words
	hash          TEXT NOT NULL, -- of wide: its address never holds anything else
	wide          BYTEA NOT NULL, -- JPEG
	wide_width    BIGINT NOT NULL,
	wide_height   BIGINT NOT NULL,
	narrow        BYTEA NOT NULL, -- JPEG
	narrow_width  BIGINT NOT NULL,
	narrow_height BIGINT NOT NULL,
	who           TEXT NOT NULL, -- id of a person
	created_at    BIGINT NOT NULL,
	UNIQUE (siret, hash)
);

-- Labels that an establishment says it has, and what shows it.
CREATE TABLE profile_label (
	id         TEXT NOT NULL PRIMARY KEY,
	siret      BIGINT NOT NULL,
	territory  TEXT NOT NULL, -- of the establishment when it was said
	label      TEXT NOT NULL, -- slug of the vocabulary
	web        TEXT NOT NULL, -- address where anybody can check; empty without one
	proof      BYTEA, -- PDF or JPEG, for its people and who decides; none when web is enough, or once it is over
	proof_type TEXT NOT NULL,
	until      TEXT NOT NULL, -- civil day, the last on which it holds
	state      TEXT NOT NULL, -- asked, accepted, refused, withdrawn, over
	reason     TEXT NOT NULL, -- of a refusal, told to its people
	who        TEXT NOT NULL, -- id of a person
	for_name   TEXT NOT NULL, -- whom a facilitator said it for
	channel    TEXT NOT NULL,
	asked_at   BIGINT NOT NULL,
	decided_at BIGINT,
	decided_by TEXT NOT NULL -- id of a person
);

-- An establishment waits for one answer on a label at a time.
CREATE UNIQUE INDEX profile_label_asked ON profile_label (siret, label) WHERE state = 'asked';
CREATE INDEX profile_label_state ON profile_label (state, until);
CREATE INDEX profile_label_siret ON profile_label (siret);
