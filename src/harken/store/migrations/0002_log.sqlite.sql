-- The log: one row a change, in the transaction of the change.
CREATE TABLE log (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE TABLE consumer (
  name TEXT PRIMARY KEY,
  xid INTEGER NOT NULL DEFAULT 0,
  seq INTEGER NOT NULL DEFAULT 0,
  progress TEXT NOT NULL DEFAULT '',
  failures INTEGER NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '',
  held_until INTEGER NOT NULL DEFAULT 0
);
CREATE VIRTUAL TABLE search USING fts5(
  words, alternates, filters,
  content='', contentless_delete=1, detail=full, prefix='1 2 3',
  tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Cf Co'"
);
INSERT INTO search(search, rank) VALUES ('secure-delete', 1);
