-- What the people of a desk did. Lines are added and never changed: the database itself refuses it.
CREATE TABLE desk_act (
  id BIGINT PRIMARY KEY,
  desk_id BIGINT NOT NULL,
  by_id BIGINT,                             -- null: the clock
  verb TEXT NOT NULL,
  conversation_id BIGINT,
  target_id BIGINT,                         -- an account
  about TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL
);
CREATE INDEX desk_act_by_desk ON desk_act (desk_id, id);
CREATE INDEX desk_act_by_conversation ON desk_act (desk_id, conversation_id, id) WHERE conversation_id IS NOT NULL;
CREATE FUNCTION desk_act_refuses() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'the record of a desk is only added to'; END $$;
CREATE TRIGGER desk_act_stays BEFORE UPDATE OR DELETE ON desk_act
  FOR EACH ROW EXECUTE FUNCTION desk_act_refuses();
