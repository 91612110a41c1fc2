-- 0: do not tell me of answers in conversations that I merely took part in.
ALTER TABLE member ADD COLUMN thread_notices INTEGER NOT NULL DEFAULT 1;
-- Where `told` is 1: answers with a newer id are told of.
ALTER TABLE conversation_mark ADD COLUMN told_from INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversation_mark_by_told ON conversation_mark (conversation_id, account_id) WHERE told = 1;
