-- The log is the outbox. Sequence numbers are handed out before commit, so the
-- order is (xid, seq) and readers stay behind the oldest open transaction.
CREATE TABLE log (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX log_in_order ON log (xid, seq);
CREATE TABLE consumer (
  name TEXT PRIMARY KEY,
  xid BIGINT NOT NULL DEFAULT -4611686018427387904,  -- before everything
  seq BIGINT NOT NULL DEFAULT 0,
  progress TEXT NOT NULL DEFAULT '',
  failures BIGINT NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '',
  held_until BIGINT NOT NULL DEFAULT 0
);
-- Weight A: words with positions; B: alternates; C: filters.
CREATE TABLE search (
  post_id BIGINT PRIMARY KEY,
  terms TSVECTOR NOT NULL
);
CREATE INDEX search_terms ON search USING gin (terms) WITH (fastupdate = off);
