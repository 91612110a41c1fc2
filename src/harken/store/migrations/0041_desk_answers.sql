-- What a desk says: answers in its name, texts it keeps for answering, and answers that are not sent yet. Facts.

ALTER TABLE post ADD COLUMN desk_id INTEGER;                        -- for which it answers; null for oneself
ALTER TABLE post ADD COLUMN desk_name TEXT NOT NULL DEFAULT '';     -- as the desk was called then
ALTER TABLE desk ADD COLUMN channel TEXT NOT NULL DEFAULT '';       -- where people can talk to it in private
ALTER TABLE desk ADD COLUMN approval INTEGER NOT NULL DEFAULT 0;    -- a second person reads what is sent

CREATE TABLE desk_saved_reply (
  id INTEGER PRIMARY KEY,
  desk_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  text TEXT NOT NULL,                       -- with placeholders: desk/saved.py
  by_id INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
);
CREATE INDEX desk_saved_reply_by_desk ON desk_saved_reply (desk_id, name);

-- One for each case, shared by the desk. It goes when its post is deleted, and is not shown when that may not be.
CREATE TABLE desk_draft (
  desk_id INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,                 -- of the case
  text TEXT NOT NULL,
  visibility INTEGER NOT NULL,
  by_id INTEGER NOT NULL,                   -- who wrote last, and sends it
  writers TEXT NOT NULL,                    -- JSON: all who wrote in it
  version INTEGER NOT NULL,
  asked INTEGER NOT NULL DEFAULT 0,         -- waits for a second person
  remark TEXT NOT NULL DEFAULT '',          -- why it was not approved
  publish_at INTEGER,                       -- when it is wanted, if not at once
  scheduled_id INTEGER,                     -- the planned post that it became
  known_answer_id INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (desk_id, conversation_id)
) WITHOUT ROWID;
CREATE INDEX desk_draft_by_post ON desk_draft (post_id);
CREATE INDEX desk_draft_by_writer ON desk_draft (by_id);
