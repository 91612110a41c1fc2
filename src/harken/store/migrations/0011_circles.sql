-- Circles: lists that one reads, tags that one follows, and what a profile features. Facts.

CREATE TABLE list (
  id INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL,
  title TEXT NOT NULL,
  title_key TEXT NOT NULL,                -- folded, for in:list:NAME
  replies TEXT NOT NULL DEFAULT 'list',   -- whose answers to others are read: list, followed, none
  exclusive INTEGER NOT NULL DEFAULT 0    -- members are read here and not at home
);
CREATE INDEX list_by_owner ON list (owner_id, id);

CREATE TABLE list_member (
  list_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  owner_id INTEGER NOT NULL,              -- of the list
  PRIMARY KEY (list_id, account_id)
) WITHOUT ROWID;
CREATE INDEX list_member_by_owner ON list_member (owner_id, account_id);
CREATE INDEX list_member_by_account ON list_member (account_id);

CREATE TABLE followed_tag (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  tag TEXT NOT NULL,                      -- folded
  UNIQUE (account_id, tag)
);
CREATE INDEX followed_tag_by_tag ON followed_tag (tag, account_id);

CREATE TABLE featured_tag (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  tag TEXT NOT NULL,                      -- folded
  name TEXT NOT NULL,                     -- as written
  UNIQUE (account_id, tag)
);

CREATE TABLE endorsement (                -- whom a profile recommends
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  target_id INTEGER NOT NULL,
  UNIQUE (account_id, target_id)
);
CREATE INDEX endorsement_by_target ON endorsement (target_id);

CREATE TABLE dismissed_suggestion (
  account_id INTEGER NOT NULL,
  target_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, target_id)
) WITHOUT ROWID;

ALTER TABLE account ADD COLUMN hide_collections INTEGER NOT NULL DEFAULT 0;        -- whom one follows, who follows
ALTER TABLE account ADD COLUMN attribution_domains TEXT NOT NULL DEFAULT '[]';     -- JSON: sites that may name one
ALTER TABLE account ADD COLUMN also_known_as TEXT NOT NULL DEFAULT '[]';           -- JSON: addresses (URIs) of oneself
ALTER TABLE account ADD COLUMN moved_to_id INTEGER;
ALTER TABLE member ADD COLUMN application_id INTEGER;                              -- through which somebody joined
