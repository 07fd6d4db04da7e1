-- +goose Up

-- Who was erased: an id that leads nowhere, so that a backup put back forgets
-- them again.
CREATE TABLE erasure (
	person TEXT NOT NULL PRIMARY KEY,
	at     BIGINT NOT NULL
);
