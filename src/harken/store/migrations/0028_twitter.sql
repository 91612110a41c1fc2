-- What clients of 2008 change that nothing else knows. Facts.

-- A direct message that its reader destroyed: gone for them, still there for its author.
CREATE TABLE hidden_message (
  account_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, post_id)
) WITHOUT ROWID;

-- The colours in which clients draw a profile: six hexadecimal digits each, '' for the usual one.
CREATE TABLE profile_colours (
  account_id INTEGER PRIMARY KEY,
  background TEXT NOT NULL DEFAULT '',
  words TEXT NOT NULL DEFAULT '',
  link TEXT NOT NULL DEFAULT '',
  sidebar_fill TEXT NOT NULL DEFAULT '',
  sidebar_border TEXT NOT NULL DEFAULT ''
);
