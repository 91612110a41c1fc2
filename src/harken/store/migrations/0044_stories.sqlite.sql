-- What people answered when they were asked whether a story may show them. Lines are added and never changed.
CREATE TABLE story_answer (
  id INTEGER PRIMARY KEY,
  story_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL,
  number INTEGER NOT NULL,                  -- of this person's answers; the highest one counts
  says TEXT NOT NULL,                       -- model.story.Says
  digest TEXT NOT NULL,                     -- of what was shown to them
  wording TEXT NOT NULL,                    -- the sentences of the page, with a hash for each piece
  until INTEGER NOT NULL,
  account_id INTEGER,
  at INTEGER NOT NULL,
  UNIQUE (person_id, number)
);
CREATE INDEX story_answer_by_story ON story_answer (story_id, id);
CREATE TRIGGER story_answer_stays BEFORE UPDATE ON story_answer
  BEGIN SELECT RAISE(ABORT, 'what people answered is only added to'); END;
CREATE TRIGGER story_answer_is_kept BEFORE DELETE ON story_answer
  BEGIN SELECT RAISE(ABORT, 'what people answered is only added to'); END;
