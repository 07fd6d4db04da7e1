-- +goose Up

-- A job too big for one firm, and the team that somebody wants for it.
CREATE TABLE team (
	id         TEXT NOT NULL PRIMARY KEY,
	owner      TEXT NOT NULL, -- id of a person; empty once erased
	title      TEXT NOT NULL,
	words      TEXT NOT NULL,
	commune    TEXT NOT NULL, -- INSEE code of the site
	territory  TEXT NOT NULL, -- slug; empty outside of all
	job        TEXT NOT NULL, -- JSON: site, radius, lots, rules
	starts     TEXT NOT NULL, -- civil day; empty when not known
	ends       TEXT NOT NULL,
	state      TEXT NOT NULL, -- draft, asking, agreed, withdrawn, expired
	answer_by  BIGINT, -- of those who were asked last
	referent   BIGINT NOT NULL, -- SIRET; 0 without one
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);

CREATE INDEX team_owner ON team (owner);
CREATE INDEX team_territory ON team (territory, changed_at);

-- A firm in a team.
CREATE TABLE team_place (
	team        TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
	siret       BIGINT NOT NULL,
	lots        TEXT NOT NULL, -- JSON list of positions
	meters      BIGINT NOT NULL, -- from the site
	state       TEXT NOT NULL, -- chosen, asked, yes, no, silent
	settled     BIGINT NOT NULL, -- 1 once what it leaves was replaced or given up
	reason      TEXT NOT NULL, -- of a no
	asked_at    BIGINT,
	answer_by   BIGINT,
	reminded_at BIGINT,
	answered_at BIGINT,
	PRIMARY KEY (team, siret)
);

CREATE INDEX team_place_siret ON team_place (siret);
CREATE INDEX team_place_waiting ON team_place (answer_by) WHERE state = 'asked';

-- What happened to a team.
CREATE TABLE team_event (
	team    TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
	n       BIGINT NOT NULL, -- from 1
	at      BIGINT NOT NULL,
	act     TEXT NOT NULL, -- keep, ask, yes, no, silent, replace, without, agree, referent, withdraw, expire
	siret   BIGINT NOT NULL, -- the firm concerned; 0 for none
	who     TEXT NOT NULL, -- id of a person; empty for the clock, or without account
	channel TEXT NOT NULL,
	PRIMARY KEY (team, n)
);

CREATE INDEX team_event_who ON team_event (who);
