-- The secret in the address of an ear's feed, made when its owner asks for one. Empty: there is no feed.
ALTER TABLE ear ADD COLUMN feed_key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX ear_by_feed_key ON ear (feed_key) WHERE feed_key <> '';
