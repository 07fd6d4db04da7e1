-- +goose Up

-- Secrets that the house made for itself, by name: the key of the addresses
-- that refusals come back to.
CREATE TABLE secret (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL -- hexadecimal
);

-- Mails that the address of a person refused for good. Three stop all but
-- answers; signing in by a link takes them away.
CREATE TABLE mail_refusal (
	mail   TEXT NOT NULL PRIMARY KEY, -- id in mail_outbox
	person TEXT NOT NULL,
	at	 BIGINT NOT NULL
);
CREATE INDEX mail_refusal_person ON mail_refusal (person);
