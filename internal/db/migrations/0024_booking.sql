-- +goose Up

-- What can be booked: the seats of a meeting or of a slot of a visit. Who owns
-- the event keeps the rest of it under the same id.
CREATE TABLE booking_room (
	id         TEXT NOT NULL PRIMARY KEY,
	kind       TEXT NOT NULL, -- meeting, visit
	seats      BIGINT NOT NULL, -- reserved ones included
	reserved   BIGINT NOT NULL,
	largest    BIGINT NOT NULL, -- party; 0: no limit but the seats
	skips      BOOLEAN NOT NULL, -- the next that fits is served
	approval   BOOLEAN NOT NULL, -- the host says yes to each
	offer_for  BIGINT NOT NULL, -- working minutes an offer stands; 0: no offer, confirmed at once
	offers     BIGINT NOT NULL, -- how many a party gets
	last_offer BIGINT NOT NULL, -- minutes before the start after which none is made
	opens_at   BIGINT NOT NULL, -- 0: already
	closes_at  BIGINT NOT NULL,
	starts_at  BIGINT NOT NULL,
	ends_at    BIGINT NOT NULL,
	called_off BOOLEAN NOT NULL,
	door       BIGINT NOT NULL, -- the helper's links are of this number
	sequence   BIGINT NOT NULL, -- of the calendar entry
	version    BIGINT NOT NULL -- every act writes it first: acts on a room queue here
);
CREATE INDEX booking_room_start ON booking_room (starts_at);

-- A party that booked, waits or did. Seats taken are the sum of what is held:
-- nothing counts up or down.
CREATE TABLE booking (
	id          TEXT NOT NULL PRIMARY KEY,
	room        TEXT NOT NULL REFERENCES booking_room (id),
	state       TEXT NOT NULL,
	state_was   TEXT NOT NULL, -- before the event was called off
	seats       BIGINT NOT NULL, -- asked for
	least       BIGINT NOT NULL, -- the fewest the party comes with
	held        BIGINT NOT NULL, -- kept for it now
	reserved    BOOLEAN NOT NULL, -- of the reserved seats
	queued_at   BIGINT NOT NULL, -- its place in the line
	not_before  BIGINT NOT NULL, -- no offer before
	expires_at  BIGINT NOT NULL, -- of the offer; 0: none
	offers      BIGINT NOT NULL, -- it got
	name        TEXT NOT NULL,
	name_key    TEXT NOT NULL,
	mail        TEXT NOT NULL,
	mail_key    TEXT NOT NULL,
	phone       TEXT NOT NULL,
	person      TEXT NOT NULL, -- id; empty without account
	siret       BIGINT NOT NULL, -- 0: none
	party       TEXT NOT NULL, -- JSON: what else it said
	made_by     TEXT NOT NULL, -- id of the facilitator who booked for them
	created_at  BIGINT NOT NULL,
	changed_at  BIGINT NOT NULL,
	reminded_at BIGINT NOT NULL -- 0: not yet
);
CREATE INDEX booking_of_room ON booking (room, queued_at, id);
CREATE INDEX booking_mail ON booking (mail_key);
CREATE INDEX booking_person ON booking (person);
CREATE INDEX booking_offer ON booking (expires_at) WHERE state = 'offered';

-- What a program said when it booked, so that saying it again books nothing.
CREATE TABLE booking_key (
	room    TEXT NOT NULL,
	key     TEXT NOT NULL,
	body    TEXT NOT NULL, -- digest
	booking TEXT NOT NULL,
	PRIMARY KEY (room, key)
);

-- Who came, as it was seen at the door; the latest mark of a booking counts, so
-- that two lists kept apart for an hour become one.
CREATE TABLE booking_mark (
	id      TEXT NOT NULL PRIMARY KEY, -- made where it was seen
	booking TEXT NOT NULL REFERENCES booking (id),
	room    TEXT NOT NULL,
	state   TEXT NOT NULL, -- expected, present, excused, absent
	seats   BIGINT NOT NULL, -- how many came
	at      BIGINT NOT NULL,
	who     TEXT NOT NULL -- id of the person, or the helper's link
);
CREATE INDEX booking_mark_room ON booking_mark (room);
