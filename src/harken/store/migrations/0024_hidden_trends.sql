-- What moderators took off the trends: a tag (folded), the address of a page, the host of a site, the id of a post. Facts.
CREATE TABLE hidden_trend (
  kind TEXT NOT NULL,                     -- tag, link, publisher, post
  name TEXT NOT NULL,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID;
