-- Whispers: public posts of one built-in account. Who wrote them stands here and nowhere else; no statement that shows
-- posts reads it, see docs/decisions/0013.
CREATE TABLE whisper (
  post_id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  answers INTEGER NOT NULL DEFAULT 0,   -- 1: said in the thread of an earlier one
  created_at INTEGER NOT NULL
);
CREATE INDEX whisper_by_account ON whisper (account_id, post_id);

-- From whom a moderator took the right to whisper.
CREATE TABLE whisper_right (
  account_id INTEGER PRIMARY KEY,
  reason TEXT NOT NULL,
  taken_at INTEGER NOT NULL
);
