-- How many answers of others somebody had before them when they last read a conversation, so that one which arrives late,
-- with an older id, is new all the same; -1 where only read_id is known. A fact, as read_id is.
ALTER TABLE conversation_mark ADD COLUMN seen INTEGER NOT NULL DEFAULT -1;
-- 1: tell me of each answer; 0: never of this one; null: as I told the server for all conversations I take part in.
ALTER TABLE conversation_mark ADD COLUMN told INTEGER;

-- For those who are here already, what was said before there was a river is no news.
INSERT INTO marker (account_id, timeline, last_read_id, version, updated_at)
  SELECT m.account_id, 'river', p.id, 1, p.created_at FROM member m JOIN post p ON p.id = (SELECT max(id) FROM post);
