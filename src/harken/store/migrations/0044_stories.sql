-- Stories: facts, written by hand. Nothing here says that a story is shown: each reading asks whether everybody in it
-- says yes to exactly what stands there (store/stories.py).
CREATE TABLE story (
  id INTEGER PRIMARY KEY,
  desk_id INTEGER NOT NULL,
  author_id INTEGER NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  summary TEXT NOT NULL DEFAULT '',
  until INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  changed_at INTEGER NOT NULL,
  published_at INTEGER,
  post_id INTEGER,                          -- the author's post that tells of it
  created_at INTEGER NOT NULL
);
CREATE INDEX story_by_desk ON story (desk_id, id);
CREATE INDEX story_by_author ON story (author_id);
CREATE INDEX story_published ON story (published_at, id) WHERE published_at IS NOT NULL;

CREATE TABLE story_piece (
  id INTEGER PRIMARY KEY,
  story_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,                       -- model.story.PieceKind
  post_id INTEGER,
  post_version INTEGER NOT NULL DEFAULT 0,  -- another one, and nobody has said yes to it
  text TEXT NOT NULL DEFAULT '',
  day TEXT NOT NULL DEFAULT ''
);
CREATE INDEX story_piece_by_story ON story_piece (story_id, position);
CREATE INDEX story_piece_by_post ON story_piece (post_id) WHERE post_id IS NOT NULL;

CREATE TABLE story_person (
  id INTEGER PRIMARY KEY,
  story_id INTEGER NOT NULL,
  account_id INTEGER,
  contact_id INTEGER,                       -- as it was when they were named; a merge changes nothing here
  name TEXT NOT NULL DEFAULT '',
  digest TEXT NOT NULL DEFAULT '',          -- of what would be shown of them
  asked_digest TEXT NOT NULL DEFAULT '',    -- of what they were asked about
  asked_by INTEGER,
  asked_at INTEGER,
  forgotten INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX story_person_by_story ON story_person (story_id, id);
CREATE INDEX story_person_by_account ON story_person (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX story_person_by_contact ON story_person (contact_id) WHERE contact_id IS NOT NULL;

-- Ways to somebody's own page about a story: the link itself is known to them alone.
CREATE TABLE story_link (
  secret_hash TEXT PRIMARY KEY,
  person_id INTEGER NOT NULL,
  made_by INTEGER NOT NULL,
  made_at INTEGER NOT NULL
);
CREATE INDEX story_link_by_person ON story_link (person_id);

CREATE TABLE story_edition (
  story_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  by_id INTEGER NOT NULL,
  title TEXT NOT NULL,
  summary TEXT NOT NULL,
  pieces TEXT NOT NULL,                     -- JSON
  at INTEGER NOT NULL,
  PRIMARY KEY (story_id, version)
);
