-- The tables of Passerelle, written by `make schema`; the migrations make them.
-- Instants are microseconds UTC, days 2006-01-02, money cents, booleans 0 or 1 on
-- SQLite (true or false on PostgreSQL, where INTEGER here is BIGINT).

CREATE TABLE activity (
	id         TEXT NOT NULL PRIMARY KEY,
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	name       TEXT NOT NULL,
	commune    TEXT NOT NULL, -- INSEE code
	territory  TEXT NOT NULL, -- slug; empty outside of all
	trade      TEXT NOT NULL, -- slug; empty where none was chosen
	words      TEXT NOT NULL, -- what they do, and why there is no number
	siret      INTEGER NOT NULL, -- 0: not known yet
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	reached_at INTEGER -- when a facilitator talked with them
) STRICT;

CREATE INDEX activity_person ON activity (person);

CREATE INDEX activity_territory ON activity (territory);

CREATE TABLE agenda_feed (
	person  TEXT NOT NULL PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
	token   TEXT NOT NULL UNIQUE, -- digest
	made_at INTEGER NOT NULL
) STRICT;

CREATE TABLE attempt (
	key    TEXT NOT NULL PRIMARY KEY, -- a digest, never the thing itself
	n      INTEGER NOT NULL,
	since  INTEGER NOT NULL -- start of the window counted
) STRICT;

CREATE INDEX attempt_since ON attempt (since);

CREATE TABLE audit_entry (
	id        TEXT NOT NULL PRIMARY KEY,
	at        INTEGER NOT NULL,
	act       TEXT NOT NULL,
	kind      TEXT NOT NULL, -- of what it was done to
	object    TEXT NOT NULL, -- its id
	who       TEXT NOT NULL, -- id of a person, or a role of the house
	on_behalf TEXT NOT NULL, -- id of the person it was done for
	channel   TEXT NOT NULL,
	fields    TEXT NOT NULL, -- JSON object: name of a field, salted digest of its new value
	number    INTEGER UNIQUE, -- in the chain, from 1
	hash      TEXT -- SHA-256 of this row and of the hash before
) STRICT;

CREATE INDEX audit_entry_object ON audit_entry (kind, object, at);

CREATE INDEX audit_entry_who ON audit_entry (who, at);

CREATE TABLE booking (
	id          TEXT NOT NULL PRIMARY KEY,
	room        TEXT NOT NULL REFERENCES booking_room (id),
	state       TEXT NOT NULL,
	state_was   TEXT NOT NULL, -- before the event was called off
	seats       INTEGER NOT NULL, -- asked for
	least       INTEGER NOT NULL, -- the fewest the party comes with
	held        INTEGER NOT NULL, -- kept for it now
	reserved    INTEGER NOT NULL, -- of the reserved seats
	queued_at   INTEGER NOT NULL, -- its place in the line
	not_before  INTEGER NOT NULL, -- no offer before
	expires_at  INTEGER NOT NULL, -- of the offer; 0: none
	offers      INTEGER NOT NULL, -- it got
	name        TEXT NOT NULL,
	name_key    TEXT NOT NULL,
	mail        TEXT NOT NULL,
	mail_key    TEXT NOT NULL,
	phone       TEXT NOT NULL,
	person      TEXT NOT NULL, -- id; empty without account
	siret       INTEGER NOT NULL, -- 0: none
	party       TEXT NOT NULL, -- JSON: what else it said
	made_by     TEXT NOT NULL, -- id of the facilitator who booked for them
	created_at  INTEGER NOT NULL,
	changed_at  INTEGER NOT NULL,
	reminded_at INTEGER NOT NULL -- 0: not yet
) STRICT;

CREATE INDEX booking_mail ON booking (mail_key);

CREATE INDEX booking_of_room ON booking (room, queued_at, id);

CREATE INDEX booking_offer ON booking (expires_at) WHERE state = 'offered';

CREATE INDEX booking_person ON booking (person);

CREATE TABLE booking_key (
	room    TEXT NOT NULL,
	key     TEXT NOT NULL,
	body    TEXT NOT NULL, -- digest
	booking TEXT NOT NULL,
	PRIMARY KEY (room, key)
) STRICT;

CREATE TABLE booking_mark (
	id      TEXT NOT NULL PRIMARY KEY, -- made where it was seen
	booking TEXT NOT NULL REFERENCES booking (id),
	room    TEXT NOT NULL,
	state   TEXT NOT NULL, -- expected, present, excused, absent
	seats   INTEGER NOT NULL, -- how many came
	at      INTEGER NOT NULL,
	who     TEXT NOT NULL -- id of the person, or the helper's link
) STRICT;

CREATE INDEX booking_mark_room ON booking_mark (room);

CREATE TABLE booking_room (
	id         TEXT NOT NULL PRIMARY KEY,
	kind       TEXT NOT NULL, -- meeting, visit
	seats      INTEGER NOT NULL, -- reserved ones included
	reserved   INTEGER NOT NULL,
	largest    INTEGER NOT NULL, -- party; 0: no limit but the seats
	skips      INTEGER NOT NULL, -- the next that fits is served
	approval   INTEGER NOT NULL, -- the host says yes to each
	offer_for  INTEGER NOT NULL, -- working minutes an offer stands; 0: no offer, confirmed at once
	offers     INTEGER NOT NULL, -- how many a party gets
	last_offer INTEGER NOT NULL, -- minutes before the start after which none is made
	opens_at   INTEGER NOT NULL, -- 0: already
	closes_at  INTEGER NOT NULL,
	starts_at  INTEGER NOT NULL,
	ends_at    INTEGER NOT NULL,
	called_off INTEGER NOT NULL,
	door       INTEGER NOT NULL, -- the helper's links are of this number
	sequence   INTEGER NOT NULL, -- of the calendar entry
	version    INTEGER NOT NULL -- every act writes it first: acts on a room queue here
, door_closed_at INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE INDEX booking_room_start ON booking_room (starts_at);

CREATE TABLE ceremony (
	token      TEXT NOT NULL PRIMARY KEY, -- digest of what the browser holds
	kind       TEXT NOT NULL, -- key, key_entry, openid
	data       TEXT NOT NULL,
	expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX ceremony_expires ON ceremony (expires_at);

CREATE TABLE claim (
	id         TEXT NOT NULL PRIMARY KEY,
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	siret      INTEGER NOT NULL,
	territory  TEXT NOT NULL, -- of the establishment when it was claimed; empty outside of all
	state      TEXT NOT NULL, -- open, approved, refused, withdrawn
	proof      TEXT NOT NULL, -- letter, decision, member, domain, proconnect; empty while open
	code       TEXT NOT NULL, -- digest of the code last sent by letter; empty without one
	tries      INTEGER NOT NULL, -- left for that code
	sent_at    INTEGER, -- the letter
	decided_at INTEGER,
	decided_by TEXT NOT NULL, -- id of a person
	reason     TEXT NOT NULL, -- told to the claimer
	created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX claim_open ON claim (person, siret) WHERE state = 'open';

CREATE INDEX claim_siret ON claim (siret);

CREATE INDEX claim_waiting ON claim (territory, created_at) WHERE state = 'open';

CREATE TABLE contact (
	id          TEXT NOT NULL PRIMARY KEY,
	siret       INTEGER NOT NULL, -- 0: none, or not known yet
	firm        TEXT NOT NULL, -- as it was written
	commune     TEXT NOT NULL, -- as it was written
	territory   TEXT NOT NULL, -- slug; empty where it cannot be told
	given_name  TEXT NOT NULL,
	family_name TEXT NOT NULL,
	role        TEXT NOT NULL,
	mail        TEXT NOT NULL,
	mail_key    TEXT NOT NULL,
	phone       TEXT NOT NULL,
	consent     INTEGER NOT NULL, -- 1 they said that we may write, 0 not asked, -1 they said no
	token       TEXT NOT NULL UNIQUE, -- of the link by which they object
	created_at  INTEGER NOT NULL,
	changed_at  INTEGER NOT NULL,
	warned_at   INTEGER
) STRICT;

CREATE INDEX contact_mail ON contact (mail_key);

CREATE INDEX contact_siret ON contact (siret);

CREATE INDEX contact_territory ON contact (territory);

CREATE TABLE contact_consent (
	id          TEXT NOT NULL PRIMARY KEY,
	contact     TEXT NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
	answer      INTEGER NOT NULL, -- as contact.consent
	day         TEXT NOT NULL, -- civil day of the answer; empty where it is not known
	words       TEXT NOT NULL, -- the sentence that was answered; empty where it was not kept
	way         TEXT NOT NULL, -- phone, desk, paper, mail, event, file; empty: before this table
	author      TEXT NOT NULL, -- id of a person; empty: before this table
	recorded_at INTEGER NOT NULL
) STRICT;

CREATE INDEX contact_consent_contact ON contact_consent (contact);

CREATE TABLE contact_import (
	id         TEXT NOT NULL PRIMARY KEY,
	author     TEXT NOT NULL,
	name       TEXT NOT NULL,
	content    TEXT NOT NULL, -- base64
	columns    TEXT NOT NULL, -- JSON: field to column, where the facilitator chose
	scope      TEXT NOT NULL,
	source     TEXT NOT NULL, -- for lines that tell none
	created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE contact_objection (
	key TEXT NOT NULL PRIMARY KEY,
	at  INTEGER NOT NULL
) STRICT;

CREATE TABLE contact_origin (
	contact     TEXT NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
	author      TEXT NOT NULL, -- id of a person
	institution TEXT NOT NULL,
	scope       TEXT NOT NULL, -- empty: both institutions; institution, mine
	source      TEXT NOT NULL,
	since       TEXT NOT NULL, -- civil day; empty where it is not known
	note        TEXT NOT NULL,
	changed_at  INTEGER NOT NULL,
	PRIMARY KEY (contact, author)
) STRICT;

CREATE TABLE cooperation (
	id           TEXT NOT NULL PRIMARY KEY,
	kind         TEXT NOT NULL,
	started      TEXT NOT NULL, -- civil day
	amount_from  INTEGER NOT NULL, -- cents, of a band; both 0 when it was not said
	amount_to    INTEGER NOT NULL, -- 0: no upper bound
	hours        INTEGER NOT NULL,
	jobs         INTEGER NOT NULL,
	materials    INTEGER NOT NULL, -- kilograms saved
	public_order INTEGER NOT NULL,
	lead         TEXT NOT NULL, -- id; empty without one
	territory    TEXT NOT NULL,
	declared_by  TEXT NOT NULL, -- id of a person
	declared_for INTEGER NOT NULL, -- SIRET of the party that says it
	created_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX cooperation_lead ON cooperation (lead);

CREATE TABLE cooperation_note (
	id           TEXT NOT NULL PRIMARY KEY,
	cooperation TEXT NOT NULL REFERENCES cooperation (id) ON DELETE CASCADE,
	siret       INTEGER NOT NULL, -- of the party that writes
	saw         TEXT NOT NULL,
	takes       TEXT NOT NULL,
	brought     TEXT NOT NULL,
	signed      TEXT NOT NULL, -- as they wish to be read
	trade       TEXT NOT NULL,
	who         TEXT NOT NULL, -- id of a person; empty for a link without account
	written_at  INTEGER NOT NULL,
	published_at INTEGER NOT NULL, -- 0: not
	UNIQUE (cooperation, siret)
) STRICT;

CREATE TABLE cooperation_note_yes (
	note  TEXT NOT NULL REFERENCES cooperation_note (id) ON DELETE CASCADE,
	siret INTEGER NOT NULL,
	who   TEXT NOT NULL, -- id of a person; empty for a link without account
	at    INTEGER NOT NULL,
	PRIMARY KEY (note, siret)
) STRICT;

CREATE TABLE cooperation_party (
	cooperation TEXT NOT NULL REFERENCES cooperation (id) ON DELETE CASCADE,
	siret       INTEGER NOT NULL,
	state       TEXT NOT NULL, -- asked, confirmed, denied
	who         TEXT NOT NULL, -- id of a person; empty for a link without account
	channel     TEXT NOT NULL, -- empty while asked
	at          INTEGER, -- of the answer
	PRIMARY KEY (cooperation, siret)
) STRICT;

CREATE INDEX cooperation_party_siret ON cooperation_party (siret);

CREATE TABLE cooperation_path (
	kind        TEXT NOT NULL,
	id          TEXT NOT NULL,
	parties     TEXT NOT NULL, -- SIRETs, ascending, parted by spaces
	cooperation TEXT NOT NULL REFERENCES cooperation (id) ON DELETE CASCADE,
	PRIMARY KEY (kind, id, parties)
) STRICT;

CREATE INDEX cooperation_path_of ON cooperation_path (cooperation);

CREATE TABLE erasure (
	person TEXT NOT NULL PRIMARY KEY,
	at     INTEGER NOT NULL
) STRICT;

CREATE TABLE establishment_overlay (
	siret        INTEGER NOT NULL PRIMARY KEY,
	version      INTEGER NOT NULL, -- of the notice "establishment_overlay"
	hidden       INTEGER NOT NULL,
	reason       TEXT NOT NULL, -- why it is hidden
	words        TEXT NOT NULL, -- found by search
	labels       TEXT NOT NULL, -- JSON list of slugs
	flags        TEXT NOT NULL, -- JSON list
	lat          REAL, -- the position its people give
	lon          REAL,
	wishes       TEXT NOT NULL, -- JSON list: how it wishes to be reached
	resources    TEXT NOT NULL, -- JSON list
	solicited    REAL NOT NULL, -- as it was at solicited_at
	solicited_at INTEGER NOT NULL,
	who          TEXT NOT NULL, -- who changed it last
	on_behalf    TEXT NOT NULL, -- for whom, empty for oneself
	channel      TEXT NOT NULL,
	changed_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX establishment_overlay_version ON establishment_overlay (version);

CREATE TABLE exchange_event (
	id        TEXT NOT NULL PRIMARY KEY,
	kind      TEXT NOT NULL, -- need.posted, need.met, pool.closed
	object    TEXT NOT NULL, -- id of what it happened to
	day       TEXT NOT NULL,
	band      TEXT NOT NULL, -- of the amount, in euros: 0-999, 1000-4999; empty where there is none
	territory TEXT NOT NULL
) STRICT;

CREATE INDEX exchange_event_kind ON exchange_event (kind, day);

CREATE TABLE firm_end (
	siret     INTEGER NOT NULL PRIMARY KEY,
	successor INTEGER NOT NULL, -- who took over; 0: nobody
	at        INTEGER NOT NULL
) STRICT;

CREATE TABLE firm_left (
	siret     INTEGER NOT NULL PRIMARY KEY,
	territory TEXT NOT NULL, -- slug, empty where it is not known
	at        INTEGER NOT NULL
) STRICT;

CREATE TABLE identity (
	issuer     TEXT NOT NULL,
	subject    TEXT NOT NULL,
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	created_at INTEGER NOT NULL,
	seen_at    INTEGER NOT NULL,
	PRIMARY KEY (issuer, subject)
) STRICT;

CREATE INDEX identity_person ON identity (person);

CREATE TABLE introduction (
	id               TEXT NOT NULL PRIMARY KEY,
	seeker           INTEGER NOT NULL, -- SIRET of who asks
	wanted           INTEGER NOT NULL, -- SIRET of whom it asks to meet
	seeker_territory TEXT NOT NULL, -- slugs, when it was asked
	wanted_territory TEXT NOT NULL,
	origin_kind      TEXT NOT NULL, -- what it comes from; empty for nothing
	origin_id        TEXT NOT NULL,
	words            TEXT NOT NULL,
	state            TEXT NOT NULL, -- held, asked, accepted, declined, postponed, closed
	reason           TEXT NOT NULL, -- why it was declined, or did not become a cooperation
	ending           TEXT NOT NULL, -- how it was closed; empty before
	task             TEXT NOT NULL, -- what a facilitator is to do: call, silence; empty for nothing
	asked_by         TEXT NOT NULL, -- id of a person; empty once erased
	asked_channel    TEXT NOT NULL,
	backed_by        TEXT NOT NULL, -- id of a facilitator
	answered_by      TEXT NOT NULL, -- id of a person; empty for a link without account
	answered_channel TEXT NOT NULL,
	seeker_card      TEXT NOT NULL, -- JSON: how to reach it, shown once both agree
	wanted_card      TEXT NOT NULL,
	cooperation      TEXT NOT NULL, -- id; empty without one
	created_at       INTEGER NOT NULL,
	went_at          INTEGER, -- to the wanted side; none while held
	quiet_since      INTEGER NOT NULL, -- the last thing that a side did
	quiet_side       TEXT NOT NULL, -- which one is to speak: seeker, wanted; empty for both
	poked_at         INTEGER, -- since the last step
	closed_at        INTEGER
) STRICT;

CREATE UNIQUE INDEX introduction_living ON introduction (seeker, wanted) WHERE state IN ('held', 'asked', 'accepted');

CREATE INDEX introduction_person ON introduction (asked_by, created_at);

CREATE INDEX introduction_quiet ON introduction (quiet_since) WHERE state IN ('held', 'asked', 'accepted');

CREATE INDEX introduction_seeker ON introduction (seeker, created_at);

CREATE INDEX introduction_wanted ON introduction (wanted, created_at);

CREATE TABLE introduction_message (
	id           TEXT NOT NULL PRIMARY KEY,
	introduction TEXT NOT NULL REFERENCES introduction (id) ON DELETE CASCADE,
	side         TEXT NOT NULL, -- seeker, wanted
	author       TEXT NOT NULL, -- id of a person; empty without account, or once erased
	channel      TEXT NOT NULL, -- web, link, mail
	words        TEXT NOT NULL,
	dropped      INTEGER NOT NULL, -- attachments that were not kept
	mail         TEXT NOT NULL, -- digest of the Message-ID it came with; empty from a page
	at           INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX introduction_message_mail ON introduction_message (introduction, mail) WHERE mail <> '';

CREATE INDEX introduction_message_of ON introduction_message (introduction, at);

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
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL
, axis TEXT NOT NULL DEFAULT '', asked_at INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE INDEX lead_due ON lead (stage, due, id);

CREATE INDEX lead_order ON lead ((CASE WHEN due = '' THEN '9999-12-31' ELSE due END), id);

CREATE INDEX lead_owner ON lead (owner);

CREATE TABLE lead_change (
	id      TEXT NOT NULL PRIMARY KEY,
	lead    TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	at      INTEGER NOT NULL,
	who     TEXT NOT NULL, -- id of a person
	channel TEXT NOT NULL,
	before  TEXT NOT NULL, -- the stage
	after   TEXT NOT NULL,
	fields  TEXT NOT NULL, -- JSON list of what else changed
	note    TEXT NOT NULL
) STRICT;

CREATE INDEX lead_change_lead ON lead_change (lead, at);

CREATE TABLE lead_comment (
	id         TEXT NOT NULL PRIMARY KEY,
	lead       TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	who        TEXT NOT NULL, -- id of a person; empty for a party, or who is gone
	siret      INTEGER NOT NULL, -- of the party that says it; 0: a facilitator
	standing   TEXT NOT NULL, -- of a party: done, talking, waiting, none; else empty
	words      TEXT NOT NULL, -- empty once it was taken back
	at         INTEGER NOT NULL,
	changed_at INTEGER NOT NULL, -- 0: as it was written
	removed_at INTEGER NOT NULL -- 0: not taken back
) STRICT;

CREATE INDEX lead_comment_lead ON lead_comment (lead, at);

CREATE INDEX lead_comment_who ON lead_comment (who);

CREATE TABLE lead_comment_before (
	comment TEXT NOT NULL REFERENCES lead_comment (id) ON DELETE CASCADE,
	at      INTEGER NOT NULL, -- until when it said so
	words   TEXT NOT NULL,
	PRIMARY KEY (comment, at)
) STRICT;

CREATE TABLE lead_document (
	id   TEXT NOT NULL PRIMARY KEY,
	lead TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	name TEXT NOT NULL, -- without folder and end
	type TEXT NOT NULL, -- application/pdf, image/jpeg, application/vnd.oasis.opendocument.text
	size INTEGER NOT NULL,
	file BLOB NOT NULL,
	who  TEXT NOT NULL, -- id of a person
	at   INTEGER NOT NULL
) STRICT;

CREATE INDEX lead_document_lead ON lead_document (lead, at);

CREATE TABLE lead_link (
	lead TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	kind TEXT NOT NULL,
	id   TEXT NOT NULL,
	rank INTEGER NOT NULL,
	PRIMARY KEY (lead, kind, id)
) STRICT;

CREATE INDEX lead_link_id ON lead_link (kind, id);

CREATE TABLE lead_mention (
	comment TEXT NOT NULL REFERENCES lead_comment (id) ON DELETE CASCADE,
	whom    TEXT NOT NULL, -- id of a person, or a SIRET
	PRIMARY KEY (comment, whom)
) STRICT;

CREATE TABLE lead_party (
	lead  TEXT NOT NULL REFERENCES lead (id) ON DELETE CASCADE,
	siret INTEGER NOT NULL,
	PRIMARY KEY (lead, siret)
) STRICT;

CREATE INDEX lead_party_siret ON lead_party (siret);

CREATE TABLE mail_choice (
	id           TEXT NOT NULL PRIMARY KEY,
	person       TEXT NOT NULL,
	digest       INTEGER NOT NULL,
	solicitation INTEGER NOT NULL,
	way          TEXT NOT NULL, -- page, link of a mail, or button of a mail program
	words        TEXT NOT NULL, -- what the page said that was chosen; empty for a button
	at           INTEGER NOT NULL
) STRICT;

CREATE INDEX mail_choice_person ON mail_choice (person);

CREATE TABLE mail_item (
	id         TEXT NOT NULL PRIMARY KEY,
	person     TEXT NOT NULL,
	kind       TEXT NOT NULL,
	title      TEXT NOT NULL,
	more       TEXT NOT NULL,
	path       TEXT NOT NULL, -- of the page it leads to
	created_at INTEGER NOT NULL,
	sent_at    INTEGER -- with a summary, or let go
) STRICT;

CREATE INDEX mail_item_waiting ON mail_item (person, created_at) WHERE sent_at IS NULL;

CREATE TABLE mail_outbox (
	id         TEXT NOT NULL PRIMARY KEY, -- the same id twice is one mail
	person     TEXT NOT NULL, -- whose budget it counts in; empty without an account
	recipient  TEXT NOT NULL, -- address; empty once it has gone
	class      TEXT NOT NULL, -- answer, solicitation, digest
	lane       TEXT NOT NULL, -- signin mail never waits behind the rest
	kind       TEXT NOT NULL, -- what it is about, for figures and the operator
	message    TEXT NOT NULL, -- JSON; empty once it has gone
	state      TEXT NOT NULL, -- waiting, sent, refused, dropped
	attempts   INTEGER NOT NULL,
	due_at     INTEGER NOT NULL, -- not before
	lease      INTEGER NOT NULL, -- somebody is sending it until then
	fault      TEXT NOT NULL, -- why the last attempt failed, without any address
	created_at INTEGER NOT NULL,
	done_at    INTEGER
) STRICT;

CREATE INDEX mail_outbox_created ON mail_outbox (created_at);

CREATE INDEX mail_outbox_due ON mail_outbox (lane, due_at) WHERE state = 'waiting';

CREATE INDEX mail_outbox_person ON mail_outbox (person, created_at);

CREATE TABLE mail_preference (
	person       TEXT NOT NULL PRIMARY KEY,
	token        TEXT NOT NULL UNIQUE,
	digest       INTEGER NOT NULL, -- the weekly summary
	solicitation INTEGER NOT NULL, -- what asks something
	changed_at   INTEGER NOT NULL -- of the last choice
) STRICT;

CREATE TABLE mail_refusal (
	mail   TEXT NOT NULL PRIMARY KEY, -- id in mail_outbox
	person TEXT NOT NULL,
	at	 INTEGER NOT NULL
) STRICT;

CREATE INDEX mail_refusal_person ON mail_refusal (person);

CREATE TABLE meeting (
	id          TEXT NOT NULL PRIMARY KEY,
	series      TEXT NOT NULL, -- meetings planned in one act; empty: alone
	state       TEXT NOT NULL, -- draft, published
	title       TEXT NOT NULL,
	words       TEXT NOT NULL,
	territory   TEXT NOT NULL,
	commune     TEXT NOT NULL,
	venue       TEXT NOT NULL, -- JSON
	agenda      TEXT NOT NULL, -- JSON
	trades      TEXT NOT NULL, -- slugs between commas, with one at each end
	organiser   TEXT NOT NULL, -- id of the facilitator
	institution TEXT NOT NULL,
	created_at  INTEGER NOT NULL,
	changed_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX meeting_series ON meeting (series);

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
	created_at  INTEGER NOT NULL,
	answered_at INTEGER NOT NULL, -- 0: not yet
	reminded_at INTEGER NOT NULL -- 0: not; once at most
) STRICT;

CREATE INDEX meeting_invite_booking ON meeting_invite (booking);

CREATE INDEX meeting_invite_chain ON meeting_invite (chain);

CREATE UNIQUE INDEX meeting_invite_contact ON meeting_invite (meeting, contact);

CREATE UNIQUE INDEX meeting_invite_person ON meeting_invite (meeting, person);

CREATE TABLE meeting_minutes (
	meeting   TEXT NOT NULL PRIMARY KEY REFERENCES meeting (id),
	version   INTEGER NOT NULL, -- 0: nothing is written
	published INTEGER NOT NULL
) STRICT;

CREATE TABLE meeting_minutes_revision (
	meeting  TEXT NOT NULL REFERENCES meeting (id),
	version  INTEGER NOT NULL,
	sections TEXT NOT NULL, -- JSON
	who      TEXT NOT NULL, -- id of a person
	name     TEXT NOT NULL, -- of who wrote it; marks what two wrote otherwise
	at       INTEGER NOT NULL,
	PRIMARY KEY (meeting, version)
) STRICT;

CREATE TABLE meeting_opinion (
	meeting TEXT NOT NULL REFERENCES meeting (id),
	voice   TEXT NOT NULL,
	opinion TEXT NOT NULL, -- yes, half, no
	PRIMARY KEY (meeting, voice)
) STRICT;

CREATE TABLE meeting_thanked (
	booking TEXT NOT NULL PRIMARY KEY,
	at      INTEGER NOT NULL
) STRICT;

CREATE TABLE membership (
	person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	siret  INTEGER NOT NULL,
	proof  TEXT NOT NULL, -- how it was shown: letter, decision, domain, proconnect
	since  INTEGER NOT NULL,
	PRIMARY KEY (person, siret)
) STRICT;

CREATE INDEX membership_siret ON membership (siret);

CREATE TABLE need (
	id         TEXT NOT NULL PRIMARY KEY,
	siret      INTEGER NOT NULL, -- whose it is
	direction  TEXT NOT NULL, -- need, offer
	kind       TEXT NOT NULL,
	title      TEXT NOT NULL,
	words      TEXT NOT NULL,
	trades     TEXT NOT NULL, -- slugs, each between two spaces
	quantity   INTEGER NOT NULL, -- thousandths of the unit; 0: not said
	unit       TEXT NOT NULL,
	from_day   TEXT NOT NULL,
	until_day  TEXT NOT NULL,
	commune    TEXT NOT NULL, -- INSEE code; empty where it must not be placed
	territory  TEXT NOT NULL, -- slug
	radius_km  INTEGER NOT NULL, -- 0: no bound
	matches    INTEGER NOT NULL, -- shown to those it is sent to only
	reply_by   TEXT NOT NULL, -- civil day, the last to answer
	folded     TEXT NOT NULL, -- the words it is searched by
	state      TEXT NOT NULL, -- draft, held, live, met, expired, closed, refused
	flags      TEXT NOT NULL, -- why it is held
	reason     TEXT NOT NULL, -- why it was refused
	before     TEXT NOT NULL, -- id of the one it renews
	who        TEXT NOT NULL, -- id of a person
	channel    TEXT NOT NULL,
	for_name   TEXT NOT NULL, -- whom a facilitator wrote it for
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL,
	posted_at  INTEGER, -- when it became visible
	ended_at   INTEGER,
	asked_at   INTEGER, -- when its author was asked what came of it
	outcome    TEXT NOT NULL, -- done, not_done; empty before
	batch_at   INTEGER -- when the last batch went
) STRICT;

CREATE INDEX need_siret ON need (siret);

CREATE INDEX need_state ON need (state, posted_at);

CREATE TABLE need_interest (
	id        TEXT NOT NULL PRIMARY KEY,
	need      TEXT NOT NULL REFERENCES need (id) ON DELETE CASCADE,
	number    INTEGER NOT NULL, -- from 1
	siret     INTEGER NOT NULL,
	person    TEXT NOT NULL,
	words     TEXT NOT NULL,
	state     TEXT NOT NULL, -- open, chosen, withdrawn
	channel   TEXT NOT NULL,
	at        INTEGER NOT NULL,
	UNIQUE (need, siret),
	UNIQUE (need, number)
) STRICT;

CREATE INDEX need_interest_siret ON need_interest (siret);

CREATE TABLE need_invitation (
	need    TEXT NOT NULL REFERENCES need (id) ON DELETE CASCADE,
	siret   INTEGER NOT NULL,
	batch   INTEGER NOT NULL, -- from 1
	state   TEXT NOT NULL, -- sent, to_call, called
	at      INTEGER NOT NULL,
	PRIMARY KEY (need, siret)
) STRICT;

CREATE INDEX need_invitation_siret ON need_invitation (siret, at);

CREATE INDEX need_invitation_state ON need_invitation (state);

CREATE TABLE need_question (
	id          TEXT NOT NULL PRIMARY KEY,
	need        TEXT NOT NULL REFERENCES need (id) ON DELETE CASCADE,
	siret       INTEGER NOT NULL, -- who asks
	person      TEXT NOT NULL,
	words       TEXT NOT NULL,
	at          INTEGER NOT NULL,
	answer      TEXT NOT NULL, -- empty before
	answered_at INTEGER
) STRICT;

CREATE INDEX need_question_need ON need_question (need, at);

CREATE TABLE need_search (
	id       TEXT NOT NULL PRIMARY KEY,
	person   TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	query    TEXT NOT NULL, -- as in the address of its page
	token    TEXT NOT NULL UNIQUE, -- of the link that ends it
	since    INTEGER NOT NULL,
	told_at  INTEGER NOT NULL, -- what was posted until then is told
	UNIQUE (person, query)
) STRICT;

CREATE TABLE note (
	id           TEXT NOT NULL PRIMARY KEY, -- of a visit: of the booking
	kind         TEXT NOT NULL, -- visit, cooperation
	source       TEXT NOT NULL, -- id of the offer, or of the cooperation
	title        TEXT NOT NULL, -- of the offer; of a cooperation its kind
	day          TEXT NOT NULL, -- civil day of the visit, or since when they cooperate
	saw          TEXT NOT NULL,
	takes        TEXT NOT NULL,
	more         TEXT NOT NULL, -- with whom to go on; of a cooperation what it brought
	signed       TEXT NOT NULL,
	trade        TEXT NOT NULL, -- of who writes
	territory    TEXT NOT NULL,
	folded       TEXT NOT NULL, -- all its words, to be searched
	published_at INTEGER NOT NULL
) STRICT;

CREATE INDEX note_published ON note (published_at, id);

CREATE INDEX note_source ON note (kind, source);

CREATE TABLE note_party (
	note  TEXT NOT NULL REFERENCES note (id) ON DELETE CASCADE,
	siret INTEGER NOT NULL,
	PRIMARY KEY (note, siret)
) STRICT;

CREATE INDEX note_party_siret ON note_party (siret);

CREATE TABLE note_trade (
	note  TEXT NOT NULL REFERENCES note (id) ON DELETE CASCADE,
	trade TEXT NOT NULL,
	PRIMARY KEY (note, trade)
) STRICT;

CREATE INDEX note_trade_trade ON note_trade (trade);

CREATE TABLE notice (
	topic   TEXT NOT NULL PRIMARY KEY,
	version INTEGER NOT NULL
) STRICT;

CREATE TABLE passkey (
	id         TEXT NOT NULL PRIMARY KEY, -- of the credential, base64url
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	name       TEXT NOT NULL, -- of the device it was made on
	credential TEXT NOT NULL, -- JSON: its public key and what was seen of it
	created_at INTEGER NOT NULL,
	used_at    INTEGER
) STRICT;

CREATE INDEX passkey_person ON passkey (person);

CREATE TABLE person (
	id          TEXT NOT NULL PRIMARY KEY,
	mail        TEXT NOT NULL, -- as written
	mail_key    TEXT NOT NULL UNIQUE, -- as compared
	given_name  TEXT NOT NULL,
	family_name TEXT NOT NULL,
	phone       TEXT NOT NULL,
	language    TEXT NOT NULL, -- fr or en
	salt        BLOB NOT NULL, -- of the digests in audit_entry
	created_at  INTEGER NOT NULL,
	seen_at     INTEGER NOT NULL -- of the last session
, warned_at INTEGER) STRICT;

CREATE TABLE person_role (
	person      TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	role        TEXT NOT NULL, -- facilitator, committee, operator
	institution TEXT NOT NULL, -- cma, departement, or empty
	given_at    INTEGER NOT NULL,
	PRIMARY KEY (person, role)
) STRICT;

CREATE TABLE person_territory (
	person    TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	territory TEXT NOT NULL, -- slug
	PRIMARY KEY (person, territory)
) STRICT;

CREATE TABLE pool (
	need      TEXT NOT NULL PRIMARY KEY REFERENCES need (id) ON DELETE CASCADE,
	threshold INTEGER NOT NULL, -- thousandths of the unit
	until_day TEXT NOT NULL, -- civil day, the last to join
	state     TEXT NOT NULL, -- open, reached, missed, closed, group
	extended  INTEGER NOT NULL, -- once
	referent  INTEGER NOT NULL, -- SIRET; 0 before the group
	offer     TEXT NOT NULL, -- id of the one that was taken
	closed_at INTEGER
) STRICT;

CREATE TABLE pool_joiner (
	pool     TEXT NOT NULL REFERENCES pool (need) ON DELETE CASCADE,
	siret    INTEGER NOT NULL,
	person   TEXT NOT NULL,
	quantity INTEGER NOT NULL, -- thousandths of the unit
	at       INTEGER NOT NULL,
	left_at  INTEGER, -- NULL while they are in
	PRIMARY KEY (pool, siret)
) STRICT;

CREATE TABLE pool_offer (
	id         TEXT NOT NULL PRIMARY KEY,
	pool       TEXT NOT NULL REFERENCES pool (need) ON DELETE CASCADE,
	supplier   TEXT NOT NULL,
	unit_price INTEGER NOT NULL, -- cents for one unit
	delivery   INTEGER NOT NULL, -- cents, in all
	minimum    INTEGER NOT NULL, -- thousandths; 0: none
	delivers   INTEGER NOT NULL,
	note       TEXT NOT NULL,
	at         INTEGER NOT NULL
) STRICT;

CREATE INDEX pool_offer_pool ON pool_offer (pool);

CREATE TABLE profile (
	siret        INTEGER NOT NULL PRIMARY KEY,
	content      TEXT NOT NULL, -- JSON
	changed_at   INTEGER NOT NULL,
	confirmed_at INTEGER NOT NULL -- when its people last said that it holds
) STRICT;

CREATE TABLE profile_label (
	id         TEXT NOT NULL PRIMARY KEY,
	siret      INTEGER NOT NULL,
	territory  TEXT NOT NULL, -- of the establishment when it was said
	label      TEXT NOT NULL, -- slug of the vocabulary
	web        TEXT NOT NULL, -- address where anybody can check; empty without one
	proof      BLOB, -- PDF or JPEG, for its people and who decides; none when web is enough, or once it is over
	proof_type TEXT NOT NULL,
	until      TEXT NOT NULL, -- civil day, the last on which it holds
	state      TEXT NOT NULL, -- asked, accepted, refused, withdrawn, over
	reason     TEXT NOT NULL, -- of a refusal, told to its people
	who        TEXT NOT NULL, -- id of a person
	for_name   TEXT NOT NULL, -- whom a facilitator said it for
	channel    TEXT NOT NULL,
	asked_at   INTEGER NOT NULL,
	decided_at INTEGER,
	decided_by TEXT NOT NULL -- id of a person
) STRICT;

CREATE UNIQUE INDEX profile_label_asked ON profile_label (siret, label) WHERE state = 'asked';

CREATE INDEX profile_label_siret ON profile_label (siret);

CREATE INDEX profile_label_state ON profile_label (state, until);

CREATE TABLE profile_picture (
	id            TEXT NOT NULL PRIMARY KEY,
	siret         INTEGER NOT NULL,
	position      INTEGER NOT NULL, -- smallest first
	alt           TEXT NOT NULL, -- what is to be seen, in words
	hash          TEXT NOT NULL, -- of wide: its address never holds anything else
	wide          BLOB NOT NULL, -- JPEG
	wide_width    INTEGER NOT NULL,
	wide_height   INTEGER NOT NULL,
	narrow        BLOB NOT NULL, -- JPEG
	narrow_width  INTEGER NOT NULL,
	narrow_height INTEGER NOT NULL,
	who           TEXT NOT NULL, -- id of a person
	created_at    INTEGER NOT NULL,
	UNIQUE (siret, hash)
) STRICT;

CREATE TABLE profile_revision (
	id        TEXT NOT NULL PRIMARY KEY,
	siret     INTEGER NOT NULL,
	at        INTEGER NOT NULL,
	who       TEXT NOT NULL, -- id of a person
	for_name  TEXT NOT NULL, -- whom a facilitator did it for, as they said it
	channel   TEXT NOT NULL,
	fields    TEXT NOT NULL, -- JSON list of what changed
	content   TEXT NOT NULL -- as it was before
) STRICT;

CREATE INDEX profile_revision_siret ON profile_revision (siret, at);

CREATE TABLE secret (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL -- hexadecimal
) STRICT;

CREATE TABLE session (
	id         TEXT NOT NULL PRIMARY KEY,
	person     TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
	token      TEXT NOT NULL UNIQUE,
	old_token  TEXT UNIQUE,
	device     TEXT NOT NULL, -- what the browser says it is, in short
	method     TEXT NOT NULL, -- link, passkey, proconnect, command
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL, -- of the token
	seen_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL
, id_token TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX session_expires ON session (expires_at);

CREATE INDEX session_person ON session (person);

CREATE TABLE signin_link (
	token      TEXT NOT NULL PRIMARY KEY,
	mail       TEXT NOT NULL,
	mail_key   TEXT NOT NULL,
	next       TEXT NOT NULL, -- path to go on to
	language   TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	used_at    INTEGER -- once
, siret INTEGER NOT NULL DEFAULT 0, invited_by TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX signin_link_expires ON signin_link (expires_at);

CREATE INDEX signin_link_mail ON signin_link (mail_key, created_at);

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
	answer_by  INTEGER, -- of those who were asked last
	referent   INTEGER NOT NULL, -- SIRET; 0 without one
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX team_owner ON team (owner);

CREATE INDEX team_territory ON team (territory, changed_at);

CREATE TABLE team_event (
	team    TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
	n       INTEGER NOT NULL, -- from 1
	at      INTEGER NOT NULL,
	act     TEXT NOT NULL, -- keep, ask, yes, no, silent, replace, without, agree, referent, withdraw, expire
	siret   INTEGER NOT NULL, -- the firm concerned; 0 for none
	who     TEXT NOT NULL, -- id of a person; empty for the clock, or without account
	channel TEXT NOT NULL,
	PRIMARY KEY (team, n)
) STRICT;

CREATE INDEX team_event_who ON team_event (who);

CREATE TABLE team_place (
	team        TEXT NOT NULL REFERENCES team (id) ON DELETE CASCADE,
	siret       INTEGER NOT NULL,
	lots        TEXT NOT NULL, -- JSON list of positions
	meters      INTEGER NOT NULL, -- from the site
	state       TEXT NOT NULL, -- chosen, asked, yes, no, silent
	settled     INTEGER NOT NULL, -- 1 once what it leaves was replaced or given up
	reason      TEXT NOT NULL, -- of a no
	asked_at    INTEGER,
	answer_by   INTEGER,
	reminded_at INTEGER,
	answered_at INTEGER,
	PRIMARY KEY (team, siret)
) STRICT;

CREATE INDEX team_place_siret ON team_place (siret);

CREATE INDEX team_place_waiting ON team_place (answer_by) WHERE state = 'asked';

CREATE TABLE verdict (
	seeker    INTEGER NOT NULL, -- SIRET for which it was said
	candidate INTEGER NOT NULL, -- SIRET of which it was said
	person    TEXT NOT NULL, -- id of who said it
	reason    TEXT NOT NULL, -- known, competitor, far, other, size, later
	at        INTEGER NOT NULL,
	PRIMARY KEY (seeker, candidate, person)
) STRICT;

CREATE INDEX verdict_person ON verdict (person);

CREATE TABLE visit_offer (
	id         TEXT NOT NULL PRIMARY KEY,
	siret      INTEGER NOT NULL,
	state      TEXT NOT NULL, -- open, closed
	title      TEXT NOT NULL,
	terms      TEXT NOT NULL, -- JSON: what is seen, clothing, access, who welcomes, where, ages, languages
	minutes    INTEGER NOT NULL,
	seats      INTEGER NOT NULL, -- of a group, accompanying persons included
	approval   INTEGER NOT NULL, -- the host says yes to each party
	trades     TEXT NOT NULL, -- slugs between commas, with one at each end; none: for all
	territory  TEXT NOT NULL,
	commune    TEXT NOT NULL,
	channel    TEXT NOT NULL,
	made_by    TEXT NOT NULL, -- id
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX visit_offer_siret ON visit_offer (siret);

CREATE TABLE visit_slot (
	id         TEXT NOT NULL PRIMARY KEY,
	offer      TEXT NOT NULL REFERENCES visit_offer (id),
	series     TEXT NOT NULL, -- slots opened in one act; empty: alone
	asked_at   INTEGER NOT NULL, -- those who came were asked what they take home; 0: not yet
	created_at INTEGER NOT NULL,
	changed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX visit_slot_offer ON visit_slot (offer);

CREATE TABLE visit_takeaway (
	booking      TEXT NOT NULL PRIMARY KEY,
	slot         TEXT NOT NULL REFERENCES visit_slot (id),
	saw          TEXT NOT NULL,
	takes        TEXT NOT NULL,
	goes_on      TEXT NOT NULL,
	signed       TEXT NOT NULL, -- as they wish to be read
	trade        TEXT NOT NULL, -- of the visitor
	siret        INTEGER NOT NULL, -- of the visitor; 0: none
	mail_key     TEXT NOT NULL,
	person       TEXT NOT NULL, -- id; empty without account
	visitor_yes  INTEGER NOT NULL,
	host_yes     INTEGER NOT NULL,
	lead         TEXT NOT NULL, -- it became; empty: none
	written_at   INTEGER NOT NULL,
	published_at INTEGER NOT NULL -- 0: not
) STRICT;

CREATE INDEX visit_takeaway_slot ON visit_takeaway (slot);

CREATE TABLE visit_wish (
	id         TEXT NOT NULL PRIMARY KEY,
	siret      INTEGER NOT NULL, -- 0: any of the trade
	trade      TEXT NOT NULL, -- empty with an establishment
	territory  TEXT NOT NULL,
	seats      INTEGER NOT NULL,
	words      TEXT NOT NULL,
	name       TEXT NOT NULL,
	mail       TEXT NOT NULL,
	mail_key   TEXT NOT NULL,
	language   TEXT NOT NULL,
	person     TEXT NOT NULL, -- id; empty without account
	created_at INTEGER NOT NULL,
	told_at    INTEGER NOT NULL, -- a slot was opened and they were told; 0: not yet
	closed_at  INTEGER NOT NULL -- withdrawn, or answered otherwise; 0: open
) STRICT;

CREATE INDEX visit_wish_mail ON visit_wish (mail_key);

CREATE INDEX visit_wish_siret ON visit_wish (siret);
