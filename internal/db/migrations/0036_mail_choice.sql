-- +goose Up

-- Each choice of somebody about their mails, with the words they read.
CREATE TABLE mail_choice (
	id           TEXT NOT NULL PRIMARY KEY,
	person       TEXT NOT NULL,
	digest       BOOLEAN NOT NULL,
	solicitation BOOLEAN NOT NULL,
	way          TEXT NOT NULL, -- page, link of a mail, or button of a mail program
	words        TEXT NOT NULL, -- what the page said that was chosen; empty for a button
	at           BIGINT NOT NULL
);
CREATE INDEX mail_choice_person ON mail_choice (person);
