-- +goose Up

-- Who was invited to a meeting, and what became of it. When a person or a
-- contact is erased the row stays as a number: it tells no one any more.
CREATE TABLE meeting_invite (
	id          TEXT NOT NULL PRIMARY KEY,
	meeting     TEXT NOT NULL REFERENCES meeting (id),
	chain       TEXT NOT NULL, -- the series of the meeting, or the meeting alone: a refusal holds for all of it
	person      TEXT REFERENCES person (id) ON DELETE SET NULL,
	contact     TEXT REFERENCES contact (id) ON DELETE SET NULL,
	way         TEXT NOT NULL, -- mail, letter, phone
	state       TEXT NOT NULL, -- sent, registered, declined
	booking     TEXT NOT NULL, -- the registration it led to; empty
	made_by     TEXT NOT NULL, -- id of the facilitator
	created_at  BIGINT NOT NULL,
	answered_at BIGINT NOT NULL, -- 0: not yet
	reminded_at BIGINT NOT NULL -- 0: not; once at most
);
CREATE UNIQUE INDEX meeting_invite_person ON meeting_invite (meeting, person);
CREATE UNIQUE INDEX meeting_invite_contact ON meeting_invite (meeting, contact);
CREATE INDEX meeting_invite_chain ON meeting_invite (chain);
CREATE INDEX meeting_invite_booking ON meeting_invite (booking);
