-- +goose Up

-- What changed, for the other nodes: one row a topic. The version grows by
-- one with each change and commits in order.
CREATE TABLE notice (
	topic   TEXT NOT NULL PRIMARY KEY,
	version BIGINT NOT NULL
);
