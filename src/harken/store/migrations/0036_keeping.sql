-- Words with which one sorts one's bookmarks, and stars that one gives to posts. Facts.

CREATE TABLE bookmark_tag (
  account_id INTEGER NOT NULL,
  tag TEXT NOT NULL,                      -- folded
  post_id INTEGER NOT NULL,
  name TEXT NOT NULL,                     -- as written
  PRIMARY KEY (account_id, tag, post_id)
) WITHOUT ROWID;
CREATE INDEX bookmark_tag_by_post ON bookmark_tag (post_id, account_id);

CREATE TABLE rating (
  post_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  stars INTEGER NOT NULL,                 -- 1 to 5
  PRIMARY KEY (post_id, account_id)
) WITHOUT ROWID;
CREATE INDEX rating_by_account ON rating (account_id);
