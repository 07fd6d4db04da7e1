-- +goose Up

-- Minutes of meetings: the number of the last revision, and whether anybody
-- may read it.
CREATE TABLE meeting_minutes (
	meeting   TEXT NOT NULL PRIMARY KEY REFERENCES meeting (id),
	version   BIGINT NOT NULL, -- 0: nothing is written
	published BOOLEAN NOT NULL
);

-- Each text that was saved, merged with what others had saved meanwhile.
CREATE TABLE meeting_minutes_revision (
	meeting  TEXT NOT NULL REFERENCES meeting (id),
	version  BIGINT NOT NULL,
	sections TEXT NOT NULL, -- JSON
	who      TEXT NOT NULL, -- id of a person
	name     TEXT NOT NULL, -- of who wrote it; marks what two wrote otherwise
	at       BIGINT NOT NULL,
	PRIMARY KEY (meeting, version)
);
