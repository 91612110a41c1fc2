-- How far a member has read a conversation among a few, and up to where they took it off their list. Facts.
CREATE TABLE conversation_mark (
  account_id INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  read_id INTEGER NOT NULL DEFAULT 0,     -- of the newest post that was read
  gone_id INTEGER NOT NULL DEFAULT 0,     -- of the newest post when it was taken off; a newer one brings it back
  PRIMARY KEY (account_id, conversation_id)
) WITHOUT ROWID;
