-- The tables of Passerelle, written by `make schema`; the migrations make them.
-- Instants are microseconds UTC, days 2006-01-02, money cents, booleans 0 or 1 on
-- SQLite (true or false on PostgreSQL, where INTEGER here is BIGINT).

CREATE TABLE notice (
	topic   TEXT NOT NULL PRIMARY KEY,
	version INTEGER NOT NULL
) STRICT;
