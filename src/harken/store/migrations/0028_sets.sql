-- Sets: named groups of people to whom one speaks; friends; who may write to whom. Facts.

CREATE TABLE people_set (
  id INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,                 -- folded, for in:set:NAME
  UNIQUE (owner_id, name_key)
);

CREATE TABLE people_set_member (
  set_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,              -- of the set
  PRIMARY KEY (set_id, account_id)
) WITHOUT ROWID;
CREATE INDEX people_set_member_by_owner ON people_set_member (owner_id, account_id);
CREATE INDEX people_set_member_by_account ON people_set_member (account_id);

CREATE TABLE post_set (                   -- to which sets a post was said; who was in them then are its recipients
  post_id INTEGER NOT NULL,
  set_id INTEGER NOT NULL,
  PRIMARY KEY (post_id, set_id)
) WITHOUT ROWID;
CREATE INDEX post_set_by_set ON post_set (set_id, post_id);

CREATE TABLE friend (                     -- a request is one row; of two friends each has one
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  friend_id INTEGER NOT NULL,
  accepted INTEGER NOT NULL DEFAULT 0,
  UNIQUE (account_id, friend_id)
);
CREATE INDEX friend_by_friend ON friend (friend_id, account_id);

ALTER TABLE post DROP COLUMN set_id;      -- a post can be said to several
ALTER TABLE member ADD COLUMN written_by INTEGER NOT NULL DEFAULT 0;    -- who may write to one in private: model.account.Writers
ALTER TABLE member ADD COLUMN hide_friends INTEGER NOT NULL DEFAULT 0;
