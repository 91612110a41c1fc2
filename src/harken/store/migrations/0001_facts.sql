-- Facts: what people did. Times are milliseconds since 1970, truth is 0 or 1.

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  username TEXT NOT NULL,             -- as written
  name_key TEXT NOT NULL,             -- folded; 'name' for local, 'name@host' for remote
  domain TEXT NOT NULL DEFAULT '',    -- '' is this server
  uri TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  display_name TEXT NOT NULL DEFAULT '',
  bio TEXT NOT NULL DEFAULT '',
  location TEXT NOT NULL DEFAULT '',
  fields TEXT NOT NULL DEFAULT '[]',  -- JSON: [{name, value}]
  avatar_id INTEGER,
  header_id INTEGER,
  protected INTEGER NOT NULL DEFAULT 0,     -- follows need approval
  bot INTEGER NOT NULL DEFAULT 0,
  discoverable INTEGER NOT NULL DEFAULT 0,  -- people directory
  indexable INTEGER NOT NULL DEFAULT 0,     -- posts found in search by others
  noindex INTEGER NOT NULL DEFAULT 1,       -- web crawlers are asked to stay away
  hearable INTEGER NOT NULL DEFAULT 0,      -- desks may take my public posts up
  state INTEGER NOT NULL DEFAULT 0,         -- model.account.State
  created_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 0,       -- counts changes; caches key on it
  private_key TEXT,                         -- PEM, made when first needed
  public_key TEXT
);
CREATE UNIQUE INDEX account_by_name ON account (name_key);

-- Counters are derived, kept in the transaction of the fact they count;
-- `harken rebuild counts` makes them anew, `harken check` compares.
CREATE TABLE account_stats (
  account_id INTEGER PRIMARY KEY,
  posts INTEGER NOT NULL DEFAULT 0,
  followers INTEGER NOT NULL DEFAULT 0,
  following INTEGER NOT NULL DEFAULT 0,
  last_post_at INTEGER
);

CREATE TABLE member (
  account_id INTEGER PRIMARY KEY,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL DEFAULT '',   -- argon2id; '' cannot sign in with a password
  confirmed_at INTEGER,
  role INTEGER NOT NULL DEFAULT 0,          -- 0 member, 1 moderator, 2 administrator
  language TEXT NOT NULL DEFAULT 'en',
  time_zone TEXT NOT NULL DEFAULT 'UTC',
  default_visibility INTEGER NOT NULL DEFAULT 0,
  default_sensitive INTEGER NOT NULL DEFAULT 0,
  totp_secret TEXT NOT NULL DEFAULT '',
  totp_last_used INTEGER NOT NULL DEFAULT 0,   -- time step, so that a code works once
  recovery_codes TEXT NOT NULL DEFAULT '[]',   -- JSON: hashes
  created_at INTEGER NOT NULL
);

-- Secrets that travel by e-mail: kind is confirm, password or email.
CREATE TABLE mail_link (
  secret_hash TEXT PRIMARY KEY,
  account_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL DEFAULT '',
  expires_at INTEGER NOT NULL
);

CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  secret_hash TEXT NOT NULL UNIQUE,
  account_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  address TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT ''
);
CREATE INDEX session_by_account ON session (account_id);

CREATE TABLE application (
  id INTEGER PRIMARY KEY,
  client_id TEXT NOT NULL UNIQUE,
  client_secret_hash TEXT NOT NULL,
  name TEXT NOT NULL,
  website TEXT NOT NULL DEFAULT '',
  redirect_uris TEXT NOT NULL,        -- JSON list
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL
);

CREATE TABLE authorization_code (
  code_hash TEXT PRIMARY KEY,
  application_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  redirect_uri TEXT NOT NULL,
  scopes TEXT NOT NULL,
  challenge TEXT NOT NULL DEFAULT '',  -- PKCE S256, RFC 7636
  expires_at INTEGER NOT NULL
);

CREATE TABLE token (
  id INTEGER PRIMARY KEY,
  secret_hash TEXT NOT NULL UNIQUE,
  application_id INTEGER,
  account_id INTEGER,                  -- null: the application's own token
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX token_by_account ON token (account_id);

CREATE TABLE post (
  id INTEGER PRIMARY KEY,
  author_id INTEGER NOT NULL,
  kind TEXT NOT NULL DEFAULT 'note',   -- note, link, file, event, poll
  verb TEXT,                           -- Plurk's qualifier
  text TEXT NOT NULL DEFAULT '',
  html TEXT NOT NULL DEFAULT '',
  spoiler TEXT NOT NULL DEFAULT '',
  sensitive INTEGER NOT NULL DEFAULT 0,
  visibility INTEGER NOT NULL,         -- model.post.Visibility
  language TEXT,
  created_at INTEGER NOT NULL,
  edited_at INTEGER,
  in_reply_to_id INTEGER,
  in_reply_to_account_id INTEGER,
  in_reply_to_uri TEXT,                -- of a parent that is not here (any more)
  conversation_id INTEGER NOT NULL,
  boost_of_id INTEGER,
  set_id INTEGER,
  source TEXT,                         -- name of the application
  source_url TEXT,
  uri TEXT NOT NULL,
  url TEXT NOT NULL,
  mentions TEXT NOT NULL DEFAULT '[]', -- JSON: account ids, in order of appearance
  tags TEXT NOT NULL DEFAULT '[]',     -- JSON: names as written
  media TEXT NOT NULL DEFAULT '[]',    -- JSON: media ids
  history INTEGER NOT NULL DEFAULT 0   -- came by import
);
CREATE INDEX post_by_author ON post (author_id, id);
CREATE INDEX post_by_conversation ON post (conversation_id, id);
CREATE INDEX post_by_parent ON post (in_reply_to_id, id) WHERE in_reply_to_id IS NOT NULL;
CREATE UNIQUE INDEX post_by_boosted ON post (boost_of_id, author_id) WHERE boost_of_id IS NOT NULL;
CREATE UNIQUE INDEX post_by_uri ON post (uri);

CREATE TABLE post_stats (                -- derived, like account_stats
  post_id INTEGER PRIMARY KEY,
  replies INTEGER NOT NULL DEFAULT 0,
  boosts INTEGER NOT NULL DEFAULT 0,
  favourites INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE post_edit (                 -- earlier versions, oldest first
  id INTEGER PRIMARY KEY,
  post_id INTEGER NOT NULL,
  text TEXT NOT NULL,
  html TEXT NOT NULL,
  spoiler TEXT NOT NULL,
  sensitive INTEGER NOT NULL,
  created_at INTEGER NOT NULL
);
CREATE INDEX post_edit_by_post ON post_edit (post_id, id);

CREATE TABLE post_tag (
  tag TEXT NOT NULL,                     -- folded
  post_id INTEGER NOT NULL,
  PRIMARY KEY (tag, post_id)
) WITHOUT ROWID;
CREATE INDEX post_tag_by_post ON post_tag (post_id);

-- Who is mentioned, whatever the visibility.
CREATE TABLE mention (
  account_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, post_id)
) WITHOUT ROWID;
CREATE INDEX mention_by_post ON mention (post_id);

-- Who may see a post that is not public: those mentioned, members of the set at that time.
CREATE TABLE recipient (
  post_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  PRIMARY KEY (post_id, account_id)
) WITHOUT ROWID;
CREATE INDEX recipient_by_account ON recipient (account_id, post_id);

-- A tombstone: the thing is gone and never comes back by import or fetch.
CREATE TABLE tombstone (
  uri TEXT PRIMARY KEY,
  id INTEGER NOT NULL,
  kind TEXT NOT NULL,                    -- post or account
  at INTEGER NOT NULL
);

CREATE TABLE favourite (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,
  UNIQUE (account_id, post_id)
);
CREATE INDEX favourite_by_post ON favourite (post_id, id);

CREATE TABLE bookmark (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,
  UNIQUE (account_id, post_id)
);
CREATE INDEX bookmark_by_post ON bookmark (post_id);

CREATE TABLE pin (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  post_id INTEGER NOT NULL,
  UNIQUE (account_id, post_id)
);
CREATE INDEX pin_by_post ON pin (post_id);

CREATE TABLE follow (
  id INTEGER PRIMARY KEY,
  follower_id INTEGER NOT NULL,
  followed_id INTEGER NOT NULL,
  accepted INTEGER NOT NULL,             -- 0 is a request
  show_boosts INTEGER NOT NULL DEFAULT 1,
  notify INTEGER NOT NULL DEFAULT 0,     -- tell me of each post
  languages TEXT NOT NULL DEFAULT '[]',
  UNIQUE (follower_id, followed_id)
);
CREATE INDEX follow_by_followed ON follow (followed_id, accepted, follower_id);

CREATE TABLE block (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  target_id INTEGER NOT NULL,
  UNIQUE (account_id, target_id)
);
CREATE INDEX block_by_target ON block (target_id, account_id);

CREATE TABLE mute (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  target_id INTEGER NOT NULL,
  notifications INTEGER NOT NULL DEFAULT 1,
  until INTEGER,                         -- null: until unmuted
  UNIQUE (account_id, target_id)
);

CREATE TABLE muted_conversation (
  account_id INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, conversation_id)
) WITHOUT ROWID;

CREATE TABLE blocked_domain (
  account_id INTEGER NOT NULL,
  domain TEXT NOT NULL,
  PRIMARY KEY (account_id, domain)
) WITHOUT ROWID;

CREATE TABLE account_note (              -- private: why I know this person
  account_id INTEGER NOT NULL,
  target_id INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (account_id, target_id)
) WITHOUT ROWID;

CREATE TABLE marker (                    -- read up to here
  account_id INTEGER NOT NULL,
  timeline TEXT NOT NULL,                -- home or notifications
  last_read_id INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (account_id, timeline)
) WITHOUT ROWID;

CREATE TABLE dismissed (                 -- notifications put away; id 0 with up_to: all before
  account_id INTEGER NOT NULL,
  notification_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, notification_id)
) WITHOUT ROWID;

CREATE TABLE dismissed_before (
  account_id INTEGER PRIMARY KEY,
  notification_id INTEGER NOT NULL
);

CREATE TABLE idempotency (
  account_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  post_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (account_id, key)
) WITHOUT ROWID;

CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  purpose TEXT NOT NULL,                 -- avatar, header, post
  kind TEXT NOT NULL,                    -- media type after re-encoding
  path TEXT NOT NULL,                    -- within the store
  bytes INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
);
CREATE INDEX media_by_account ON media (account_id);

CREATE TABLE imported (                  -- what an import has brought, so that it brings nothing twice
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  post_id INTEGER NOT NULL,
  PRIMARY KEY (source, key)
) WITHOUT ROWID;
CREATE INDEX imported_by_post ON imported (post_id);

CREATE TABLE orphan (                    -- imported replies whose parent has not come yet
  source TEXT NOT NULL,
  parent_key TEXT NOT NULL,
  post_id INTEGER NOT NULL,
  PRIMARY KEY (source, parent_key, post_id)
) WITHOUT ROWID;
