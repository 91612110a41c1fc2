-- Who asks to be heard: read for every page of notifications, so not by way of all that was ever dropped.
CREATE INDEX withheld_by_state ON withheld (owner_id, state, notification_id);
DROP INDEX withheld_by_account;

CREATE TABLE severance (                  -- a member blocked a server, and follows ended. Facts.
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  domain TEXT NOT NULL,
  followers INTEGER NOT NULL,             -- of the member, there
  following INTEGER NOT NULL
);
CREATE INDEX severance_by_account ON severance (account_id);
