-- +goose Up

-- The list at the door is closed: phones that kept it let it go.
ALTER TABLE booking_room ADD COLUMN door_closed_at BIGINT NOT NULL DEFAULT 0;
