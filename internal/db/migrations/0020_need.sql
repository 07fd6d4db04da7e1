-- +goose Up

-- What establishments need and offer.
CREATE TABLE need (
	id         TEXT NOT NULL PRIMARY KEY,
	siret      BIGINT NOT NULL, -- whose it is
	direction  TEXT NOT NULL, -- need, offer
	kind       TEXT NOT NULL,
	title      TEXT NOT NULL,
	words      TEXT NOT NULL,
	trades     TEXT NOT NULL, -- slugs, each between two spaces
	quantity   BIGINT NOT NULL, -- thousandths of the unit; 0: not said
	unit       TEXT NOT NULL,
	from_day   TEXT NOT NULL,
	until_day  TEXT NOT NULL,
	commune    TEXT NOT NULL, -- INSEE code; empty where it must not be placed
	territory  TEXT NOT NULL, -- slug
	radius_km  BIGINT NOT NULL, -- 0: no bound
	matches    BOOLEAN NOT NULL, -- shown to those it is sent to only
	reply_by   TEXT NOT NULL, -- civil day, the last to answer
	folded     TEXT NOT NULL, -- the words it is searched by
	state      TEXT NOT NULL, -- draft, held, live, met, expired, closed, refused
	flags      TEXT NOT NULL, -- why it is held
	reason     TEXT NOT NULL, -- why it was refused
	before     TEXT NOT NULL, -- id of the one it renews
	who        TEXT NOT NULL, -- id of a person
	channel    TEXT NOT NULL,
	for_name   TEXT NOT NULL, -- whom a facilitator wrote it for
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	posted_at  BIGINT, -- when it became visible
	ended_at   BIGINT,
	asked_at   BIGINT, -- when its author was asked what came of it
	outcome    TEXT NOT NULL, -- done, not_done; empty before
	batch_at   BIGINT -- when the last batch went
);
CREATE INDEX need_state ON need (state, posted_at);
CREATE INDEX need_siret ON need (siret);

-- Who is interested, in the order in which they said so.
CREATE TABLE need_interest (
	id        TEXT NOT NULL PRIMARY KEY,
	need      TEXT NOT NULL REFERENCES need (id) ON DELETE CASCADE,
	number    BIGINT NOT NULL, -- from 1
	siret     BIGINT NOT NULL,
	person    TEXT NOT NULL,
	words     TEXT NOT NULL,
	state     TEXT NOT NULL, -- open, chosen, withdrawn
	channel   TEXT NOT NULL,
	at        BIGINT NOT NULL,
	UNIQUE (need, siret),
	UNIQUE (need, number)
);
CREATE INDEX need_interest_siret ON need_interest (siret);

-- Questions, and what the author answers.
CREATE TABLE need_question (
	id          TEXT NOT NULL PRIMARY KEY,
	need        TEXT NOT NULL REFERENCES need (id) ON DELETE CASCADE,
	siret       BIGINT NOT NULL, -- who asks
	person      TEXT NOT NULL,
	words       TEXT NOT NULL,
	at          BIGINT NOT NULL,
	answer      TEXT NOT NULL, -- empty before
	answered_at BIGINT
);
CREATE INDEX need_question_need ON need_question (need, at);

-- To whom it was sent, in small batches; a firm without mail is called.
CREATE TABLE need_invitation (
	need    TEXT NOT NULL REFERENCES need (id) ON DELETE CASCADE,
	siret   BIGINT NOT NULL,
	batch   BIGINT NOT NULL, -- from 1
	state   TEXT NOT NULL, -- sent, to_call, called
	at      BIGINT NOT NULL,
	PRIMARY KEY (need, siret)
);
CREATE INDEX need_invitation_state ON need_invitation (state);
CREATE INDEX need_invitation_siret ON need_invitation (siret, at);

-- Searches that somebody is told of in their weekly summary.
CREATE TABLE need_search (
	id       TEXT NOT NULL PRIMARY KEY,
	person   TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	query    TEXT NOT NULL, -- as in the address of its page
	token    TEXT NOT NULL UNIQUE, -- of the link that ends it
	since    BIGINT NOT NULL,
	told_at  BIGINT NOT NULL, -- what was posted until then is told
	UNIQUE (person, query)
);

-- Steps that are counted: no person, no establishment.
CREATE TABLE exchange_event (
	id        TEXT NOT NULL PRIMARY KEY,
	kind      TEXT NOT NULL, -- need.posted, need.met, pool.closed
	object    TEXT NOT NULL, -- id of what it happened to
	day       TEXT NOT NULL,
	band      TEXT NOT NULL, -- of the amount, in euros: 0-999, 1000-4999; empty where there is none
	territory TEXT NOT NULL
);
CREATE INDEX exchange_event_kind ON exchange_event (kind, day);
