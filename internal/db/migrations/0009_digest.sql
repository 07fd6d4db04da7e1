-- +goose Up

-- What each person wishes to receive, and the token of the link by which they
-- say so without signing in.
CREATE TABLE mail_preference (
	person       TEXT NOT NULL PRIMARY KEY,
	token        TEXT NOT NULL UNIQUE,
	digest       BOOLEAN NOT NULL, -- the weekly summary
	solicitation BOOLEAN NOT NULL, -- what asks something
	changed_at   BIGINT NOT NULL -- of the last choice
);

-- What waits for the weekly summary of a person.
CREATE TABLE mail_item (
	id         TEXT NOT NULL PRIMARY KEY,
	person     TEXT NOT NULL,
	kind       TEXT NOT NULL,
	title      TEXT NOT NULL,
	more       TEXT NOT NULL,
	path       TEXT NOT NULL, -- of the page it leads to
	created_at BIGINT NOT NULL,
	sent_at    BIGINT -- with a summary, or let go
);
CREATE INDEX mail_item_waiting ON mail_item (person, created_at) WHERE sent_at IS NULL;
