-- Derived: consumers write these, `harken rebuild` makes them anew from the facts.

CREATE TABLE timeline (                   -- home timelines
  owner_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,
  author_id INTEGER NOT NULL,             -- who brought it here: author or booster
  PRIMARY KEY (owner_id, post_id)
) WITHOUT ROWID;
CREATE INDEX timeline_by_post ON timeline (post_id);
CREATE INDEX timeline_by_author ON timeline (owner_id, author_id);

CREATE TABLE merged_author (              -- too many followers to fan out: merged on reading
  account_id INTEGER PRIMARY KEY
);

CREATE TABLE notification (               -- the id is that of the fact it tells of
  owner_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,                     -- mention, follow, follow_request, favourite, boost, post, edit
  account_id INTEGER NOT NULL,            -- who did it
  post_id INTEGER,
  PRIMARY KEY (owner_id, id)
) WITHOUT ROWID;
CREATE INDEX notification_by_post ON notification (post_id);
CREATE INDEX notification_by_fact ON notification (id);

CREATE TABLE home (                       -- entries at or below the floor were trimmed away
  owner_id INTEGER PRIMARY KEY,
  floor_id INTEGER NOT NULL
);
