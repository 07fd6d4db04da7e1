-- +goose Up

-- Keys that people's devices hold, by which they sign in without a mail.
CREATE TABLE passkey (
	id         TEXT NOT NULL PRIMARY KEY, -- of the credential, base64url
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	name       TEXT NOT NULL, -- of the device it was made on
	credential TEXT NOT NULL, -- JSON: its public key and what was seen of it
	created_at BIGINT NOT NULL,
	used_at    BIGINT
);
CREATE INDEX passkey_person ON passkey (person);

-- What is half done with a browser: a key being made or shown, a sign-in that
-- went through another house. Used once, within minutes.
CREATE TABLE ceremony (
	token      TEXT NOT NULL PRIMARY KEY, -- digest of what the browser holds
	kind       TEXT NOT NULL, -- key, key_entry, openid
	data       TEXT NOT NULL,
	expires_at BIGINT NOT NULL
);
CREATE INDEX ceremony_expires ON ceremony (expires_at);

-- Who somebody is elsewhere, at a provider of identities.
CREATE TABLE identity (
	issuer     TEXT NOT NULL,
	subject    TEXT NOT NULL,
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	created_at BIGINT NOT NULL,
	seen_at    BIGINT NOT NULL,
	PRIMARY KEY (issuer, subject)
);
CREATE INDEX identity_person ON identity (person);
