-- What the people of a desk did. Lines are added and never changed: the database itself refuses it.
CREATE TABLE desk_act (
  id INTEGER PRIMARY KEY,
  desk_id INTEGER NOT NULL,
  by_id INTEGER,                            -- null: the clock
  verb TEXT NOT NULL,
  conversation_id INTEGER,
  target_id INTEGER,                        -- an account
  about TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL
);
CREATE INDEX desk_act_by_desk ON desk_act (desk_id, id);
CREATE INDEX desk_act_by_conversation ON desk_act (desk_id, conversation_id, id) WHERE conversation_id IS NOT NULL;
CREATE TRIGGER desk_act_stays BEFORE UPDATE ON desk_act
  BEGIN SELECT RAISE(ABORT, 'the record of a desk is only added to'); END;
CREATE TRIGGER desk_act_is_kept BEFORE DELETE ON desk_act
  BEGIN SELECT RAISE(ABORT, 'the record of a desk is only added to'); END;
