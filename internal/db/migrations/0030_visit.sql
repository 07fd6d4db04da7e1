-- +goose Up

-- What an establishment shows to those who visit it. Who said it for them on
-- the telephone is said: the channel.
CREATE TABLE visit_offer (
	id         TEXT NOT NULL PRIMARY KEY,
	siret      BIGINT NOT NULL,
	state      TEXT NOT NULL, -- open, closed
	title      TEXT NOT NULL,
	terms      TEXT NOT NULL, -- JSON: what is seen, clothing, access, who welcomes, where, ages, languages
	minutes    BIGINT NOT NULL,
	seats      BIGINT NOT NULL, -- of a group, accompanying persons included
	approval   BOOLEAN NOT NULL, -- the host says yes to each party
	trades     TEXT NOT NULL, -- slugs between commas, with one at each end; none: for all
	territory  TEXT NOT NULL,
	commune    TEXT NOT NULL,
	channel    TEXT NOT NULL,
	made_by    TEXT NOT NULL, -- id
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);
CREATE INDEX visit_offer_siret ON visit_offer (siret);

-- A slot of an offer. Its seats, times and whether it takes place are in
-- booking_room, under the same id.
CREATE TABLE visit_slot (
	id         TEXT NOT NULL PRIMARY KEY,
	offer      TEXT NOT NULL REFERENCES visit_offer (id),
	series     TEXT NOT NULL, -- slots opened in one act; empty: alone
	asked_at   BIGINT NOT NULL, -- those who came were asked what they take home; 0: not yet
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);
CREATE INDEX visit_slot_offer ON visit_slot (offer);

-- Somebody would like to visit where no slot is open.
CREATE TABLE visit_wish (
	id         TEXT NOT NULL PRIMARY KEY,
	siret      BIGINT NOT NULL, -- 0: any of the trade
	trade      TEXT NOT NULL, -- empty with an establishment
	territory  TEXT NOT NULL,
	seats      BIGINT NOT NULL,
	words      TEXT NOT NULL,
	name       TEXT NOT NULL,
	mail       TEXT NOT NULL,
	mail_key   TEXT NOT NULL,
	language   TEXT NOT NULL,
	person     TEXT NOT NULL, -- id; empty without account
	created_at BIGINT NOT NULL,
	told_at    BIGINT NOT NULL, -- a slot was opened and they were told; 0: not yet
	closed_at  BIGINT NOT NULL -- withdrawn, or answered otherwise; 0: open
);
CREATE INDEX visit_wish_siret ON visit_wish (siret);
CREATE INDEX visit_wish_mail ON visit_wish (mail_key);

-- What those who came take home, one for each booking; published once both
-- sides wish it.
CREATE TABLE visit_takeaway (
	booking      TEXT NOT NULL PRIMARY KEY,
	slot         TEXT NOT NULL REFERENCES visit_slot (id),
	saw          TEXT NOT NULL,
	takes        TEXT NOT NULL,
	goes_on      TEXT NOT NULL,
	signed       TEXT NOT NULL, -- as they wish to be read
	trade        TEXT NOT NULL, -- of the visitor
	siret        BIGINT NOT NULL, -- of the visitor; 0: none
	mail_key     TEXT NOT NULL,
	person       TEXT NOT NULL, -- id; empty without account
	visitor_yes  BOOLEAN NOT NULL,
	host_yes     BOOLEAN NOT NULL,
	lead         TEXT NOT NULL, -- it became; empty: none
	written_at   BIGINT NOT NULL,
	published_at BIGINT NOT NULL -- 0: not
);
CREATE INDEX visit_takeaway_slot ON visit_takeaway (slot);
