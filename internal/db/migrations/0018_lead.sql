-- +goose Up

-- What may become a cooperation, and who sees to it. Common to both
-- institutions.
CREATE TABLE lead (
	id         TEXT NOT NULL PRIMARY KEY,
	title      TEXT NOT NULL,
	words      TEXT NOT NULL,
	next_step  TEXT NOT NULL,
	due        TEXT NOT NULL, -- civil day of the next step; empty without one
	stage      TEXT NOT NULL, -- noted, contacted, discussion, agreed, done, dropped
	reason     TEXT NOT NULL, -- why it was dropped; empty otherwise
	owner      TEXT NOT NULL, -- id of a person; empty when nobody sees to it
	territory  TEXT NOT NULL, -- slug; empty outside of all
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);
CREATE INDEX lead_due ON lead (stage, due, id);
CREATE INDEX lead_owner ON lead (owner);

CREATE TABLE lead_party (
	lead  TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	siret BIGINT NOT NULL,
	PRIMARY KEY (lead, siret)
);
CREATE INDEX lead_party_siret ON lead_party (siret);

-- Where a lead comes from (rank 0), where that comes from (1), and so on; and
-- what it led to (rank -1). One thing leads to one lead between the same
-- establishments.
CREATE TABLE lead_link (
	lead TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	kind TEXT NOT NULL,
	id   TEXT NOT NULL,
	rank BIGINT NOT NULL,
	PRIMARY KEY (lead, kind, id)
);
CREATE INDEX lead_link_id ON lead_link (kind, id);

CREATE TABLE lead_change (
	id      TEXT NOT NULL PRIMARY KEY,
	lead    TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	at      BIGINT NOT NULL,
	who     TEXT NOT NULL, -- id of a person
	channel TEXT NOT NULL,
	before  TEXT NOT NULL, -- the stage
	after   TEXT NOT NULL,
	fields  TEXT NOT NULL, -- JSON list of what else changed
	note    TEXT NOT NULL
);
CREATE INDEX lead_change_lead ON lead_change (lead, at);

-- What really took place.
CREATE TABLE cooperation (
	id           TEXT NOT NULL PRIMARY KEY,
	kind         TEXT NOT NULL,
	started      TEXT NOT NULL, -- civil day
	amount_from  BIGINT NOT NULL, -- cents, of a band; both 0 when it was not said
	amount_to    BIGINT NOT NULL, -- 0: no upper bound
	hours        BIGINT NOT NULL,
	jobs         BIGINT NOT NULL,
	materials    BIGINT NOT NULL, -- kilograms saved
	public_order BOOLEAN NOT NULL,
	lead         TEXT NOT NULL, -- id; empty without one
	territory    TEXT NOT NULL,
	declared_by  TEXT NOT NULL, -- id of a person
	declared_for BIGINT NOT NULL, -- SIRET of the party that says it
	created_at   BIGINT NOT NULL
);
CREATE INDEX cooperation_lead ON cooperation (lead);

CREATE TABLE cooperation_party (
	cooperation TEXT NOT NULL REFERENCES cooperation (id) ON DELETE CASCADE,
	siret       BIGINT NOT NULL,
	state       TEXT NOT NULL, -- asked, confirmed, denied
	who         TEXT NOT NULL, -- id of a person; empty for a link without account
	channel     TEXT NOT NULL, -- empty while asked
	at          BIGINT, -- of the answer
	PRIMARY KEY (cooperation, siret)
);
CREATE INDEX cooperation_party_siret ON cooperation_party (siret);

-- Every path by which a cooperation was reached, for each set of parties: two
-- people who tell of the same one tell of one.
CREATE TABLE cooperation_path (
	kind        TEXT NOT NULL,
	id          TEXT NOT NULL,
	parties     TEXT NOT NULL, -- SIRETs, ascending, parted by spaces
	cooperation TEXT NOT NULL REFERENCES cooperation (id) ON DELETE CASCADE,
	PRIMARY KEY (kind, id, parties)
);
CREATE INDEX cooperation_path_of ON cooperation_path (cooperation);
