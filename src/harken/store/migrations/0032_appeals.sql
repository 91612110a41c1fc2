-- What people say against a decision of the moderators, and what moderators tell one another.

ALTER TABLE warning ADD COLUMN by_id INTEGER;                     -- who decided; null: before this was kept
ALTER TABLE warning ADD COLUMN undone_at INTEGER;                 -- it holds no more
ALTER TABLE warning ADD COLUMN answers_id INTEGER;                -- the warning whose appeal this answers
ALTER TABLE warning ADD COLUMN removed TEXT NOT NULL DEFAULT '[]';  -- JSON: texts of posts it removed, while one may appeal

CREATE TABLE appeal (                      -- one to a warning
  warning_id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,             -- who appeals: the warning's target
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  accepted INTEGER,                        -- null: nobody has decided
  words TEXT NOT NULL DEFAULT '',          -- of whoever decided
  decided_at INTEGER,
  decided_by INTEGER
);
CREATE INDEX appeal_open ON appeal (warning_id) WHERE decided_at IS NULL;

CREATE TABLE staff_note (                  -- between moderators
  id INTEGER PRIMARY KEY,
  about_kind TEXT NOT NULL,                -- report, account
  about_id INTEGER NOT NULL,
  author_id INTEGER NOT NULL,
  text TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX staff_note_about ON staff_note (about_kind, about_id, id);
