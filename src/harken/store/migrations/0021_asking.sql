-- Who asks to be heard: read for every page of notifications, so not by way of all that was ever dropped.
CREATE INDEX withheld_by_state ON withheld (owner_id, state, notification_id);
DROP INDEX withheld_by_account;
