-- +goose Up

-- That a party was thanked for having come to a meeting: once, whatever node
-- sends it, and also when it was marked present after the others were thanked.
CREATE TABLE meeting_thanked (
	booking TEXT NOT NULL PRIMARY KEY,
	at      BIGINT NOT NULL
);
INSERT INTO meeting_thanked (booking, at)
SELECT DISTINCT m.booking, t.at
FROM booking_mark m
JOIN meeting_thanks t ON t.meeting = m.room
WHERE m.state = 'present';
DROP TABLE meeting_thanks;
