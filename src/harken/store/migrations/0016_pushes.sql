-- Pushes to applications of the client API.

-- The application's token, sent back to it inside the encrypted message: it is how clients know whom a push is for.
ALTER TABLE push_subscription ADD COLUMN bearer TEXT NOT NULL DEFAULT '';

-- The outbox: written once by the consumer `pushes`, worked off by the sender, which takes out what it has settled.
CREATE TABLE push (
  subscription_id INTEGER NOT NULL,
  notification_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,
  at_id INTEGER NOT NULL,                 -- of the moment of what it tells
  state TEXT NOT NULL DEFAULT 'waiting',  -- waiting; done: remembered for a while, so that nothing goes out twice
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (subscription_id, notification_id)
) WITHOUT ROWID;
CREATE INDEX push_waiting ON push (due_at) WHERE state = 'waiting';
CREATE INDEX push_by_owner ON push (owner_id);
CREATE INDEX push_by_moment ON push (at_id);
CREATE INDEX push_subscription_by_token ON push_subscription (token_id) WHERE token_id IS NOT NULL;
