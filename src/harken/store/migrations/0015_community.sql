-- What operators give their community: pictures to write with, news, rules and papers; and what members did with the news.

CREATE TABLE custom_emoji (
  id INTEGER PRIMARY KEY,
  shortcode TEXT NOT NULL UNIQUE,
  category TEXT NOT NULL DEFAULT '',
  path TEXT NOT NULL,                     -- in the media store
  still_path TEXT NOT NULL                -- the same picture without movement
);

CREATE TABLE announcement (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  starts_at INTEGER,                      -- of what is announced; hidden once it has ended
  ends_at INTEGER,
  all_day INTEGER NOT NULL DEFAULT 0,
  published_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);

CREATE TABLE announcement_read (
  announcement_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, announcement_id)
) WITHOUT ROWID;

CREATE TABLE announcement_reaction (
  id INTEGER PRIMARY KEY,
  announcement_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  name TEXT NOT NULL,                     -- an emoji, or the shortcode of a custom one
  UNIQUE (announcement_id, account_id, name)
);
CREATE INDEX announcement_reaction_by_account ON announcement_reaction (account_id);

CREATE TABLE rule (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL,
  hint TEXT NOT NULL DEFAULT ''
);

CREATE TABLE paper (                      -- what the operators have written about this server, every edition of it
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,                     -- about, privacy, terms
  text TEXT NOT NULL,
  effective_at INTEGER NOT NULL,          -- midnight UTC of the day from which it holds
  UNIQUE (kind, effective_at)
);
