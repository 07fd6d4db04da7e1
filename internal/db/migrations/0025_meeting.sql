-- +goose Up

-- Information meetings. Their seats, times and whether they take place are in
-- booking_room, under the same id.
CREATE TABLE meeting (
	id          TEXT NOT NULL PRIMARY KEY,
	series      TEXT NOT NULL, -- meetings planned in one act; empty: alone
	state       TEXT NOT NULL, -- draft, published
	title       TEXT NOT NULL,
	words       TEXT NOT NULL,
	territory   TEXT NOT NULL,
	commune     TEXT NOT NULL,
	venue       TEXT NOT NULL, -- JSON
	agenda      TEXT NOT NULL, -- JSON
	trades      TEXT NOT NULL, -- slugs between commas, with one at each end
	organiser   TEXT NOT NULL, -- id of the facilitator
	institution TEXT NOT NULL,
	created_at  BIGINT NOT NULL,
	changed_at  BIGINT NOT NULL
);
CREATE INDEX meeting_series ON meeting (series);
