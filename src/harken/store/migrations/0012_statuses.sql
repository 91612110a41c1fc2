-- Polls, quotes, posts for later, previews of links.

CREATE TABLE poll (
  post_id INTEGER PRIMARY KEY,
  multiple INTEGER NOT NULL DEFAULT 0,
  hide_totals INTEGER NOT NULL DEFAULT 0,  -- until it ends
  expires_at INTEGER,                      -- null: it does not end
  voters INTEGER NOT NULL DEFAULT 0,       -- derived, like post_stats
  ended_id INTEGER                         -- of the fact that it ended; null: nobody has been told yet
);
CREATE INDEX poll_by_end ON poll (expires_at) WHERE ended_id IS NULL;

CREATE TABLE poll_option (
  post_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  title TEXT NOT NULL,
  votes INTEGER NOT NULL DEFAULT 0,        -- derived
  PRIMARY KEY (post_id, position)
) WITHOUT ROWID;

CREATE TABLE vote (
  post_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (post_id, account_id, position)
) WITHOUT ROWID;
CREATE INDEX vote_by_account ON vote (account_id);

ALTER TABLE post_edit ADD COLUMN poll TEXT NOT NULL DEFAULT '[]';  -- JSON: what could be chosen

-- Who may quote is nobody for what was written before there were quotes, and for what was imported.
ALTER TABLE post ADD COLUMN quote_policy INTEGER NOT NULL DEFAULT 0;  -- model.post.QuotePolicy
ALTER TABLE post ADD COLUMN quote_of_id INTEGER;
ALTER TABLE post ADD COLUMN quote_state INTEGER NOT NULL DEFAULT 0;   -- model.post.QuoteState
CREATE INDEX post_by_quoted ON post (quote_of_id, id) WHERE quote_of_id IS NOT NULL;
ALTER TABLE post_stats ADD COLUMN quotes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN default_quote_policy INTEGER NOT NULL DEFAULT 2;

CREATE TABLE scheduled_post (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  draft TEXT NOT NULL,                     -- JSON: model.post.Draft
  key TEXT NOT NULL DEFAULT '',            -- idempotency key it was sent with
  failed TEXT NOT NULL DEFAULT ''          -- why it could not be published; it is not tried again
);
CREATE INDEX scheduled_post_by_account ON scheduled_post (account_id, id);
CREATE INDEX scheduled_post_by_time ON scheduled_post (at) WHERE failed = '';

ALTER TABLE post ADD COLUMN link TEXT;     -- the first link of the text: what its preview shows
CREATE TABLE preview (                     -- what is behind a link, fetched once for all posts
  url TEXT PRIMARY KEY,
  due_at INTEGER,                          -- when to fetch it (again); null: not planned
  tries INTEGER NOT NULL DEFAULT 0,
  fetched_at INTEGER,                      -- null: never successfully
  kind TEXT NOT NULL DEFAULT 'link',       -- link, photo, video
  title TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL DEFAULT '',
  language TEXT,
  author_name TEXT NOT NULL DEFAULT '',
  author_url TEXT NOT NULL DEFAULT '',
  provider_name TEXT NOT NULL DEFAULT '',
  provider_url TEXT NOT NULL DEFAULT '',
  width INTEGER NOT NULL DEFAULT 0,
  height INTEGER NOT NULL DEFAULT 0,
  image TEXT NOT NULL DEFAULT '',          -- path in the media store
  image_description TEXT NOT NULL DEFAULT '',
  embed_url TEXT NOT NULL DEFAULT '',
  published_at INTEGER
);
CREATE INDEX preview_by_due ON preview (due_at) WHERE due_at IS NOT NULL;
