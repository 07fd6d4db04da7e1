-- +goose Up

-- When somebody was warned that their account, unused, will be erased.
ALTER TABLE person ADD COLUMN warned_at BIGINT;
