-- What the people of a desk did with a conversation: facts.
CREATE TABLE desk_case (
  desk_id INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,                 -- that was in the queue when somebody first did something
  mark TEXT NOT NULL DEFAULT '',            -- waiting, snoozed, done, noise; '' for none
  reason TEXT NOT NULL DEFAULT '',          -- of noise
  upto_id INTEGER NOT NULL DEFAULT 0,       -- what was asked when it was marked: something newer lifts the mark
  claimed_by INTEGER,
  lease_until INTEGER,
  wake_at INTEGER,
  answered_id INTEGER NOT NULL DEFAULT 0,   -- the last answer that was given through the desk
  PRIMARY KEY (desk_id, conversation_id)
) WITHOUT ROWID;
CREATE INDEX desk_case_by_post ON desk_case (post_id);
CREATE INDEX desk_case_leased ON desk_case (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX desk_case_waking ON desk_case (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX desk_case_by_helper ON desk_case (claimed_by, desk_id) WHERE claimed_by IS NOT NULL;

-- The queue, derived: one row for each conversation that a desk heard. It holds no text and gives no right to read:
-- whoever reads joins the post and its author.
CREATE TABLE desk_item (
  desk_id INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,                 -- the first that was heard in this conversation
  author_id INTEGER NOT NULL,
  asked_id INTEGER NOT NULL,                -- the newest by its author, or that was heard
  answered_id INTEGER NOT NULL,             -- the newest by a helper
  answered_by INTEGER,
  replies INTEGER NOT NULL,                 -- by others, after it
  state TEXT NOT NULL,                      -- model.case.State
  tab INTEGER NOT NULL,                     -- model.case.Tab
  claimed_by INTEGER,
  lease_until INTEGER,
  wake_at INTEGER,
  reason TEXT NOT NULL,
  due_at INTEGER,                           -- null once it is answered
  asks INTEGER NOT NULL,                    -- thousandths: how surely somebody asks for help
  rank INTEGER NOT NULL,                    -- the higher, the sooner
  PRIMARY KEY (desk_id, conversation_id)
) WITHOUT ROWID;
CREATE INDEX desk_item_in_order ON desk_item (desk_id, tab, rank DESC, conversation_id DESC);
CREATE INDEX desk_item_by_conversation ON desk_item (conversation_id);
CREATE INDEX desk_item_by_author ON desk_item (author_id, desk_id);
CREATE INDEX desk_item_by_post ON desk_item (post_id);

-- Who looks at what just now: kept for a minute.
CREATE TABLE desk_presence (
  desk_id INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  typing INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  PRIMARY KEY (desk_id, conversation_id, account_id)
) WITHOUT ROWID;
CREATE INDEX desk_presence_by_account ON desk_presence (account_id);
CREATE INDEX desk_presence_by_time ON desk_presence (seen_at);

-- What a desk was taught: facts, and the lesson learned from them, which is derived.
CREATE TABLE desk_judgement (
  id INTEGER PRIMARY KEY,
  desk_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,
  by_id INTEGER NOT NULL,
  matters INTEGER NOT NULL,
  UNIQUE (desk_id, post_id)                 -- the last word counts
);
CREATE INDEX desk_judgement_by_post ON desk_judgement (post_id);
CREATE TABLE desk_lesson (
  desk_id INTEGER PRIMARY KEY,
  learned_id INTEGER NOT NULL,              -- the newest judgement in it
  lesson TEXT NOT NULL                      -- JSON: desk.asking.Lesson
);
