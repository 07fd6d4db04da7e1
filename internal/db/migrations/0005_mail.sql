-- +goose Up

-- Mails to be sent, written in the transaction of the act they tell of. A row
-- is emptied once its mail has gone: what is kept is that it went.
CREATE TABLE mail_outbox (
	id         TEXT NOT NULL PRIMARY KEY, -- the same id twice is one mail
	person     TEXT NOT NULL, -- whose budget it counts in; empty without an account
	recipient  TEXT NOT NULL, -- address; empty once it has gone
	class      TEXT NOT NULL, -- answer, solicitation, digest
	lane       TEXT NOT NULL, -- signin mail never waits behind the rest
	kind       TEXT NOT NULL, -- what it is about, for figures and the operator
	message    TEXT NOT NULL, -- JSON; empty once it has gone
	state      TEXT NOT NULL, -- waiting, sent, refused, dropped
	attempts   BIGINT NOT NULL,
	due_at     BIGINT NOT NULL, -- not before
	lease      BIGINT NOT NULL, -- somebody is sending it until then
	fault      TEXT NOT NULL, -- why the last attempt failed, without any address
	created_at BIGINT NOT NULL,
	done_at    BIGINT
);
CREATE INDEX mail_outbox_due ON mail_outbox (lane, due_at) WHERE state = 'waiting';
CREATE INDEX mail_outbox_person ON mail_outbox (person, created_at);
CREATE INDEX mail_outbox_created ON mail_outbox (created_at);
