-- Ears: searches that are kept. Facts, read marks included.

CREATE TABLE ear (
  id INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,                -- as written
  zone TEXT NOT NULL DEFAULT 'UTC',   -- of the days in the query, fixed when it was saved
  saved_at INTEGER NOT NULL,          -- of the query: relative dates mean then, and posts are heard from then on
  created_at INTEGER NOT NULL,
  paused INTEGER NOT NULL DEFAULT 0,
  shared INTEGER NOT NULL DEFAULT 0,  -- whoever has the link may read the query, and keep a copy
  key TEXT NOT NULL UNIQUE,           -- the secret of its feed and its link
  read_id INTEGER NOT NULL DEFAULT 0, -- matches up to this one were read
  version INTEGER NOT NULL            -- an id, new with every change: percolators read on by it
);
CREATE INDEX ear_by_owner ON ear (owner_id, id);
CREATE INDEX ear_by_version ON ear (version);

-- Derived by the consumer `percolation`: which ear heard which post. The id is of the moment it was heard,
-- so it orders by arrival.
CREATE TABLE ear_match (
  ear_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,
  PRIMARY KEY (ear_id, id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX ear_match_by_post ON ear_match (post_id, ear_id);
