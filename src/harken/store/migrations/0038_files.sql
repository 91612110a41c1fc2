-- Files of any type that posts carry, beside the media that are converted and shown. Facts; the bytes are in the media store.

CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  post_id INTEGER,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  received INTEGER NOT NULL DEFAULT 0,
  state INTEGER NOT NULL DEFAULT 0,       -- model.file.FileState
  path TEXT NOT NULL,
  plays TEXT NOT NULL DEFAULT '',         -- the media type, of what browsers play
  created_at INTEGER NOT NULL,
  expires_at INTEGER,                     -- unless a post carries it by then
  claimed_until INTEGER NOT NULL DEFAULT 0,
  tries INTEGER NOT NULL DEFAULT 0,
  refused_id INTEGER
);
CREATE INDEX file_by_account ON file (account_id, id);
CREATE INDEX file_by_post ON file (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX file_to_work_off ON file (state, id) WHERE state IN (1, 4);
CREATE INDEX file_by_expiry ON file (expires_at) WHERE expires_at IS NOT NULL;
