-- +goose Up

-- That the thanks of a meeting have gone: once, whatever node sends them.
CREATE TABLE meeting_thanks (
	meeting TEXT NOT NULL PRIMARY KEY REFERENCES meeting (id),
	at      BIGINT NOT NULL
);

-- What those who came thought of it, counted without a name: the voice is a
-- digest with a secret of the house, so that each party answers once.
CREATE TABLE meeting_opinion (
	meeting TEXT NOT NULL REFERENCES meeting (id),
	voice   TEXT NOT NULL,
	opinion TEXT NOT NULL, -- yes, half, no
	PRIMARY KEY (meeting, voice)
);
