-- +goose Up

-- A purchase that firms pool: it belongs to the need that asks for it. What is
-- ordered in total is nowhere: it is the sum of what joiners want.
CREATE TABLE pool (
	need      TEXT NOT NULL PRIMARY KEY REFERENCES need (id) ON DELETE CASCADE,
	threshold BIGINT NOT NULL, -- thousandths of the unit
	until_day TEXT NOT NULL, -- civil day, the last to join
	state     TEXT NOT NULL, -- open, reached, missed, closed, group
	extended  BOOLEAN NOT NULL, -- once
	referent  BIGINT NOT NULL, -- SIRET; 0 before the group
	offer     TEXT NOT NULL, -- id of the one that was taken
	closed_at BIGINT
);

CREATE TABLE pool_joiner (
	pool     TEXT NOT NULL REFERENCES pool (need) ON DELETE CASCADE,
	siret    BIGINT NOT NULL,
	person   TEXT NOT NULL,
	quantity BIGINT NOT NULL, -- thousandths of the unit
	at       BIGINT NOT NULL,
	left_at  BIGINT, -- NULL while they are in
	PRIMARY KEY (pool, siret)
);

-- What suppliers offer, compared per unit and in total.
CREATE TABLE pool_offer (
	id         TEXT NOT NULL PRIMARY KEY,
	pool       TEXT NOT NULL REFERENCES pool (need) ON DELETE CASCADE,
	supplier   TEXT NOT NULL,
	unit_price BIGINT NOT NULL, -- cents for one unit
	delivery   BIGINT NOT NULL, -- cents, in all
	minimum    BIGINT NOT NULL, -- thousandths; 0: none
	delivers   BOOLEAN NOT NULL,
	note       TEXT NOT NULL,
	at         BIGINT NOT NULL
);
CREATE INDEX pool_offer_pool ON pool_offer (pool);
