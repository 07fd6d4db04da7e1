-- +goose Up

-- One establishment asks to meet another.
CREATE TABLE introduction (
	id               TEXT NOT NULL PRIMARY KEY,
	seeker           BIGINT NOT NULL, -- SIRET of who asks
	wanted           BIGINT NOT NULL, -- SIRET of whom it asks to meet
	seeker_territory TEXT NOT NULL, -- slugs, when it was asked
	wanted_territory TEXT NOT NULL,
	origin_kind      TEXT NOT NULL, -- what it comes from; empty for nothing
	origin_id        TEXT NOT NULL,
	words            TEXT NOT NULL,
	state            TEXT NOT NULL, -- held, asked, accepted, declined, postponed, closed
	reason           TEXT NOT NULL, -- why it was declined, or did not become a cooperation
	ending           TEXT NOT NULL, -- how it was closed; empty before
	task             TEXT NOT NULL, -- what a facilitator is to do: call, silence; empty for nothing
	asked_by         TEXT NOT NULL, -- id of a person; empty once erased
	asked_channel    TEXT NOT NULL,
	backed_by        TEXT NOT NULL, -- id of a facilitator
	answered_by      TEXT NOT NULL, -- id of a person; empty for a link without account
	answered_channel TEXT NOT NULL,
	seeker_card      TEXT NOT NULL, -- JSON: how to reach it, shown once both agree
	wanted_card      TEXT NOT NULL,
	cooperation      TEXT NOT NULL, -- id; empty without one
	created_at       BIGINT NOT NULL,
	went_at          BIGINT, -- to the wanted side; none while held
	quiet_since      BIGINT NOT NULL, -- the last thing that a side did
	quiet_side       TEXT NOT NULL, -- which one is to speak: seeker, wanted; empty for both
	poked_at         BIGINT, -- since the last step
	closed_at        BIGINT
);

-- A pair has one living introduction in each direction.
CREATE UNIQUE INDEX introduction_living ON introduction (seeker, wanted) WHERE state IN ('held', 'asked', 'accepted');
CREATE INDEX introduction_seeker ON introduction (seeker, created_at);
CREATE INDEX introduction_wanted ON introduction (wanted, created_at);
CREATE INDEX introduction_quiet ON introduction (quiet_since) WHERE state IN ('held', 'asked', 'accepted');
CREATE INDEX introduction_person ON introduction (asked_by, created_at);

-- What the two say to each other. No facilitator reads it.
CREATE TABLE introduction_message (
	id           TEXT NOT NULL PRIMARY KEY,
	introduction TEXT NOT NULL REFERENCES introduction (id) ON DELETE CASCADE,
	side         TEXT NOT NULL, -- seeker, wanted
	author       TEXT NOT NULL, -- id of a person; empty without account, or once erased
	channel      TEXT NOT NULL, -- web, link, mail
	words        TEXT NOT NULL,
	dropped      BIGINT NOT NULL, -- attachments that were not kept
	mail         TEXT NOT NULL, -- digest of the Message-ID it came with; empty from a page
	at           BIGINT NOT NULL
);
CREATE INDEX introduction_message_of ON introduction_message (introduction, at);
CREATE UNIQUE INDEX introduction_message_mail ON introduction_message (introduction, mail) WHERE mail <> '';

-- "Not relevant, because…": shown to nobody but who said it.
CREATE TABLE verdict (
	seeker    BIGINT NOT NULL, -- SIRET for which it was said
	candidate BIGINT NOT NULL, -- SIRET of which it was said
	person    TEXT NOT NULL, -- id of who said it
	reason    TEXT NOT NULL, -- known, competitor, far, other, size, later
	at        BIGINT NOT NULL,
	PRIMARY KEY (seeker, candidate, person)
);
CREATE INDEX verdict_person ON verdict (person);
