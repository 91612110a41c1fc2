-- Posts that somebody passed on to friends. Facts.

CREATE TABLE forward (
  post_id INTEGER NOT NULL,
  target_id INTEGER NOT NULL,             -- who got it; nobody gets a post twice
  id INTEGER NOT NULL,                    -- of the passing on, which may have reached many
  account_id INTEGER NOT NULL,            -- who passed it on
  PRIMARY KEY (post_id, target_id)
) WITHOUT ROWID;
CREATE INDEX forward_by_id ON forward (id, target_id);
CREATE INDEX forward_by_target ON forward (target_id, id);
CREATE INDEX forward_by_account ON forward (account_id);
