-- How ears tell their owners. Facts: what members chose.

CREATE TABLE ear_alert (
  ear_id INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL,
  mode TEXT NOT NULL,                     -- never, at_once, digest
  in_app INTEGER NOT NULL DEFAULT 1,
  push INTEGER NOT NULL DEFAULT 0,
  email INTEGER NOT NULL DEFAULT 0,
  webhook_url TEXT NOT NULL DEFAULT '',
  webhook_secret TEXT NOT NULL DEFAULT '',
  cool_down INTEGER NOT NULL DEFAULT 900, -- seconds of silence after an alert
  spike INTEGER NOT NULL DEFAULT 0,       -- tenths of a standard deviation; 0 for no spike alert
  since_id INTEGER NOT NULL               -- what was heard before this moment raises no alert
);
CREATE INDEX ear_alert_by_owner ON ear_alert (owner_id);
CREATE INDEX ear_alert_with_spike ON ear_alert (ear_id) WHERE spike > 0;

CREATE TABLE listening (                  -- for all ears of a member
  account_id INTEGER PRIMARY KEY,
  quiet_from INTEGER,                     -- minutes after midnight in the member's zone
  quiet_to INTEGER,
  digest_hour INTEGER NOT NULL DEFAULT 8,
  unsubscribed INTEGER NOT NULL DEFAULT 0,
  unsubscribe_key TEXT NOT NULL UNIQUE
);

CREATE TABLE push_subscription (          -- one browser, or one application of the client API (token_id)
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  session_id INTEGER,
  token_id INTEGER,
  endpoint TEXT NOT NULL,
  p256dh TEXT NOT NULL,
  auth TEXT NOT NULL,
  standard INTEGER NOT NULL DEFAULT 1,
  alerts TEXT NOT NULL DEFAULT '{}',      -- which kinds an application wants to hear of
  policy TEXT NOT NULL DEFAULT 'all',
  created_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX push_subscription_by_endpoint ON push_subscription (account_id, endpoint);

-- The outbox: written once by the consumer `alerts`, worked off by the sender. Ids only; the texts are read,
-- and the owner's right to find them checked, when it is sent. Safe to replay: what is here is not written again.
CREATE TABLE alert (
  ear_id INTEGER NOT NULL,
  kind TEXT NOT NULL,                     -- heard, spike, test, broken (a webhook that is switched off)
  post_id INTEGER NOT NULL,               -- 0 where no post is meant
  channel TEXT NOT NULL,                  -- app, push, email, webhook; '' for what nobody is told alone
  id INTEGER NOT NULL,                    -- of the moment; a notification has the same
  owner_id INTEGER NOT NULL,
  state TEXT NOT NULL,                    -- waiting, sent, failed, dropped, folded (in a cool-down), silent (an edit)
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  meanwhile INTEGER NOT NULL DEFAULT 0,   -- others heard since the alert before
  sent_at INTEGER,
  failure TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (ear_id, kind, post_id, channel)
) WITHOUT ROWID;
CREATE INDEX alert_waiting ON alert (due_at) WHERE state = 'waiting';
CREATE INDEX alert_by_ear ON alert (ear_id, id);
CREATE INDEX alert_by_id ON alert (id);
CREATE INDEX alert_by_post ON alert (post_id);

CREATE TABLE webhook_health (
  ear_id INTEGER PRIMARY KEY,
  failures INTEGER NOT NULL DEFAULT 0,    -- in a row
  failing_since INTEGER,
  disabled_at INTEGER
);

CREATE TABLE ear_spike (                  -- whether an ear was above its usual rate when we last looked
  ear_id INTEGER PRIMARY KEY,
  spiking INTEGER NOT NULL DEFAULT 0,
  told_at INTEGER
);

CREATE TABLE sender_lease (               -- the one process that sends
  name TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  held_until INTEGER NOT NULL
);
