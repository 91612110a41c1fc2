-- E-mail of notifications, and which of them reach which device. Facts: what members chose.

CREATE TABLE telling (
  account_id INTEGER PRIMARY KEY,
  follow TEXT NOT NULL DEFAULT 'never',   -- never, at_once, daily
  private TEXT NOT NULL DEFAULT 'never',
  mention TEXT NOT NULL DEFAULT 'never',
  devices INTEGER NOT NULL DEFAULT 1,     -- 0: no device is told of notifications
  unsubscribe_key TEXT NOT NULL UNIQUE
);

-- The outbox: safe to replay, because what is here is not written again. Ids only, as in `alert`.
CREATE TABLE letter (
  owner_id INTEGER NOT NULL,
  notification_id INTEGER NOT NULL,
  at_id INTEGER NOT NULL,                 -- of the moment of what it tells
  state TEXT NOT NULL DEFAULT 'waiting',  -- waiting, done
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (owner_id, notification_id)
) WITHOUT ROWID;
CREATE INDEX letter_waiting ON letter (due_at) WHERE state = 'waiting';

ALTER TABLE push_subscription ADD COLUMN quiet INTEGER NOT NULL DEFAULT 1; -- nothing in the quiet hours
