-- +goose Up

-- Experience notes as everybody reads them: a row is here exactly while both
-- sides wish it. What is written and by whom stays with the visit or the
-- cooperation.
CREATE TABLE note (
	id           TEXT NOT NULL PRIMARY KEY, -- of a visit: of the booking
	kind         TEXT NOT NULL, -- visit, cooperation
	source       TEXT NOT NULL, -- id of the offer, or of the cooperation
	title        TEXT NOT NULL, -- of the offer; of a cooperation its kind
	day          TEXT NOT NULL, -- civil day of the visit, or since when they cooperate
	saw          TEXT NOT NULL,
	takes        TEXT NOT NULL,
	more         TEXT NOT NULL, -- with whom to go on; of a cooperation what it brought
	signed       TEXT NOT NULL,
	trade        TEXT NOT NULL, -- of who writes
	territory    TEXT NOT NULL,
	folded       TEXT NOT NULL, -- all its words, to be searched
	published_at BIGINT NOT NULL
);
CREATE INDEX note_published ON note (published_at, id);
CREATE INDEX note_source ON note (kind, source);

-- Whose names a note shows: while the directory does not show one of them, it
-- shows none of their notes.
CREATE TABLE note_party (
	note  TEXT NOT NULL REFERENCES note (id) ON DELETE CASCADE,
	siret BIGINT NOT NULL,
	PRIMARY KEY (note, siret)
);
CREATE INDEX note_party_siret ON note_party (siret);

CREATE TABLE note_trade (
	note  TEXT NOT NULL REFERENCES note (id) ON DELETE CASCADE,
	trade TEXT NOT NULL,
	PRIMARY KEY (note, trade)
);
CREATE INDEX note_trade_trade ON note_trade (trade);

-- What one of the parties of a cooperation writes of it, once.
CREATE TABLE cooperation_note (
	id           TEXT NOT NULL PRIMARY KEY,
	cooperation TEXT NOT NULL REFERENCES cooperation (id) ON DELETE CASCADE,
	siret       BIGINT NOT NULL, -- of the party that writes
	saw         TEXT NOT NULL,
	takes       TEXT NOT NULL,
	brought     TEXT NOT NULL,
	signed      TEXT NOT NULL, -- as they wish to be read
	trade       TEXT NOT NULL,
	who         TEXT NOT NULL, -- id of a person; empty for a link without account
	written_at  BIGINT NOT NULL,
	published_at BIGINT NOT NULL, -- 0: not
	UNIQUE (cooperation, siret)
);

-- Which of the parties wish the very words to be published.
CREATE TABLE cooperation_note_yes (
	note  TEXT NOT NULL REFERENCES cooperation_note (id) ON DELETE CASCADE,
	siret BIGINT NOT NULL,
	who   TEXT NOT NULL, -- id of a person; empty for a link without account
	at    BIGINT NOT NULL,
	PRIMARY KEY (note, siret)
);
