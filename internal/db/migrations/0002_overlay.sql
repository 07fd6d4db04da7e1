-- +goose Up

-- What people and operators say over the registers, one row an establishment
-- that anything is said of. A row is emptied, never removed, so that every
-- node hears of it by its version.
CREATE TABLE establishment_overlay (
	siret        BIGINT NOT NULL PRIMARY KEY,
	version      BIGINT NOT NULL, -- of the notice "establishment_overlay"
	hidden       BOOLEAN NOT NULL,
	reason       TEXT NOT NULL, -- why it is hidden
	words        TEXT NOT NULL, -- found by search
	labels       TEXT NOT NULL, -- JSON list of slugs
	flags        TEXT NOT NULL, -- JSON list
	lat          DOUBLE PRECISION, -- the position its people give
	lon          DOUBLE PRECISION,
	wishes       TEXT NOT NULL, -- JSON list: how it wishes to be reached
	resources    TEXT NOT NULL, -- JSON list
	solicited    DOUBLE PRECISION NOT NULL, -- as it was at solicited_at
	solicited_at BIGINT NOT NULL,
	who          TEXT NOT NULL, -- who changed it last
	on_behalf    TEXT NOT NULL, -- for whom, empty for oneself
	channel      TEXT NOT NULL,
	changed_at   BIGINT NOT NULL
);

CREATE INDEX establishment_overlay_version ON establishment_overlay (version);
