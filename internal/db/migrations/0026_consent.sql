-- +goose Up

-- What a contact answered when asked whether we may write, each time: their
-- day, the words they were asked with, by which way, and who wrote it down.
CREATE TABLE contact_consent (
	id          TEXT NOT NULL PRIMARY KEY,
	contact     TEXT NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
	answer      BIGINT NOT NULL, -- as contact.consent
	day         TEXT NOT NULL, -- civil day of the answer; empty where it is not known
	words       TEXT NOT NULL, -- the sentence that was answered; empty where it was not kept
	way         TEXT NOT NULL, -- phone, desk, paper, mail, event, file; empty: before this table
	author      TEXT NOT NULL, -- id of a person; empty: before this table
	recorded_at BIGINT NOT NULL
);
CREATE INDEX contact_consent_contact ON contact_consent (contact);

INSERT INTO contact_consent (id, contact, answer, day, words, way, author, recorded_at)
SELECT id, id, consent, '', '', '', '', changed_at
FROM contact
WHERE consent <> 0;
