-- What people answered when they were asked whether a story may show them. Lines are added and never changed.
CREATE TABLE story_answer (
  id BIGINT PRIMARY KEY,
  story_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  number BIGINT NOT NULL,                   -- of this person's answers; the highest one counts
  says TEXT NOT NULL,                       -- model.story.Says
  digest TEXT NOT NULL,                     -- of what was shown to them
  wording TEXT NOT NULL,                    -- the sentences of the page, with a hash for each piece
  until BIGINT NOT NULL,
  account_id BIGINT,
  at BIGINT NOT NULL,
  UNIQUE (person_id, number)
);
CREATE INDEX story_answer_by_story ON story_answer (story_id, id);
CREATE FUNCTION story_answer_refuses() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'what people answered is only added to'; END $$;
CREATE TRIGGER story_answer_stays BEFORE UPDATE OR DELETE ON story_answer
  FOR EACH ROW EXECUTE FUNCTION story_answer_refuses();
