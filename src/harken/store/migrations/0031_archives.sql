-- What members take along and bring. Facts.

-- What an archive tells of people and posts that are not here: kept as it came, goes into the next export.
CREATE TABLE elsewhere (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  kind TEXT NOT NULL,                     -- model.luggage.KINDS
  body TEXT NOT NULL                      -- JSON: the line of the archive
);
CREATE INDEX elsewhere_by_account ON elsewhere (account_id, kind, id);

CREATE TABLE archive (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  direction TEXT NOT NULL,                -- out: made here for download; in: brought
  form TEXT NOT NULL DEFAULT 'harken',    -- of what is brought: harken, or the name of one of Mastodon's lists
  state TEXT NOT NULL,                    -- waiting, ready, failed, gone
  secret TEXT NOT NULL,                   -- of its file
  bytes INTEGER NOT NULL DEFAULT 0,
  report TEXT NOT NULL DEFAULT '{}',      -- JSON: what came of it
  failure TEXT NOT NULL DEFAULT '',
  tries INTEGER NOT NULL DEFAULT 0,
  claimed_until INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  done_at INTEGER,
  expires_at INTEGER
);
CREATE INDEX archive_by_account ON archive (account_id, id);
CREATE INDEX archive_waiting ON archive (state, claimed_until);
