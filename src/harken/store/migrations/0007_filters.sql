-- Filters: what a member would rather not see. Facts; what they hide is decided when it is read.

CREATE TABLE filter (
  id INTEGER PRIMARY KEY,
  owner_id INTEGER NOT NULL,
  title TEXT NOT NULL,
  query TEXT NOT NULL DEFAULT '',       -- as written; '' where only keywords and posts are meant
  zone TEXT NOT NULL DEFAULT 'UTC',     -- of the days in the query, fixed when it was saved
  saved_at INTEGER NOT NULL,            -- of the query: relative dates mean then
  contexts TEXT NOT NULL,               -- JSON: where it works
  action TEXT NOT NULL,                 -- hide, warn or blur
  expires_at INTEGER,
  keywords TEXT NOT NULL DEFAULT '[]',  -- JSON: [{id, keyword, whole_word}], from Mastodon's clients
  posts TEXT NOT NULL DEFAULT '[]',     -- JSON: [{id, post_id}]
  created_at INTEGER NOT NULL
);
CREATE INDEX filter_by_owner ON filter (owner_id, id);

-- New with every change to the owner's filters and 0 without any: pages of members without filters ask nothing more.
ALTER TABLE account ADD COLUMN filters INTEGER NOT NULL DEFAULT 0;
