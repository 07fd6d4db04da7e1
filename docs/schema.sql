-- The tables of Passerelle, written by `make schema`; the migrations make them.
-- Instants are microseconds UTC, days 2006-01-02, money cents, booleans 0 or 1 on
-- SQLite (true or false on PostgreSQL, where INTEGER here is BIGINT).

CREATE TABLE establishment_overlay (
	siret        INTEGER NOT NULL PRIMARY KEY,
	version      INTEGER NOT NULL, -- of the notice "establishment_overlay"
	hidden       INTEGER NOT NULL,
	reason       TEXT NOT NULL, -- why it is hidden
	words        TEXT NOT NULL, -- found by search
	labels       TEXT NOT NULL, -- JSON list of slugs
	flags        TEXT NOT NULL, -- JSON list
	lat          REAL, -- the position its people give
	lon          REAL,
	wishes       TEXT NOT NULL, -- JSON list: how it wishes to be reached
	resources    TEXT NOT NULL, -- JSON list
	solicited    REAL NOT NULL, -- as it was at solicited_at
	solicited_at INTEGER NOT NULL,
	who          TEXT NOT NULL, -- who changed it last
	on_behalf    TEXT NOT NULL, -- for whom, empty for oneself
	channel      TEXT NOT NULL,
	changed_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX establishment_overlay_version ON establishment_overlay (version);

CREATE TABLE notice (
	topic   TEXT NOT NULL PRIMARY KEY,
	version INTEGER NOT NULL
) STRICT;
