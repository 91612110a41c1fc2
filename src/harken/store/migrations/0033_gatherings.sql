-- What event posts invite to, who comes, and whom to remind. Facts. ("Event" is the log's word.)

CREATE TABLE gathering (
  post_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  place TEXT NOT NULL DEFAULT '',
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,               -- of whole days: the midnight after the last one
  zone TEXT NOT NULL,                     -- IANA
  all_day INTEGER NOT NULL DEFAULT 0,
  remind INTEGER NOT NULL DEFAULT 0,      -- minutes before it starts; 0 for never
  cancelled_at INTEGER,
  reminded_id INTEGER,
  sequence INTEGER NOT NULL DEFAULT 0,    -- RFC 5545, 3.8.7.4
  changed_at INTEGER NOT NULL,
  said_yes INTEGER NOT NULL DEFAULT 0,
  said_no INTEGER NOT NULL DEFAULT 0,
  said_maybe INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX gathering_by_start ON gathering (starts_at, post_id);
CREATE INDEX gathering_to_remind ON gathering (starts_at) WHERE remind > 0 AND reminded_id IS NULL;

CREATE TABLE rsvp (
  post_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  answer INTEGER NOT NULL,                -- model.gathering.Rsvp
  id INTEGER NOT NULL,                    -- of this answer
  since_id INTEGER NOT NULL,              -- of the first one
  PRIMARY KEY (post_id, account_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX rsvp_by_id ON rsvp (id);
CREATE INDEX rsvp_by_account ON rsvp (account_id, post_id);

CREATE TABLE gathering_news (             -- what those who come were told
  id INTEGER PRIMARY KEY,
  post_id INTEGER NOT NULL,
  kind TEXT NOT NULL                      -- event_changed, event_cancelled, event_soon
);
CREATE INDEX gathering_news_by_post ON gathering_news (post_id);

CREATE TABLE reminder (                   -- e-mails that are to be sent
  post_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (post_id, account_id)
) WITHOUT ROWID;
CREATE INDEX reminder_by_due ON reminder (due_at);

CREATE TABLE calendar_feed (              -- the secret address of a member's calendar
  account_id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE
);

ALTER TABLE post ADD COLUMN about TEXT NOT NULL DEFAULT '';  -- beside its text: an event's name and place, a file's name
