-- People whom somebody recommends to others, under a name. Facts.
CREATE TABLE collection (
  id INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  language TEXT,
  tag TEXT,                               -- as written, without #
  sensitive INTEGER NOT NULL DEFAULT 0,
  discoverable INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX collection_by_owner ON collection (owner_id, id);

CREATE TABLE collection_item (
  id INTEGER PRIMARY KEY,
  collection_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,              -- of the collection
  UNIQUE (collection_id, account_id)
);
CREATE INDEX collection_item_by_account ON collection_item (account_id, id);
CREATE INDEX collection_item_by_owner ON collection_item (owner_id);

ALTER TABLE notification ADD COLUMN collection_id INTEGER;
