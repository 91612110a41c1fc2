-- What is kept out: servers, e-mail addresses and networks.

CREATE TABLE domain_block (
  id INTEGER PRIMARY KEY,
  domain TEXT NOT NULL UNIQUE,             -- lower case; whatever is below it is meant too
  severity TEXT NOT NULL,                  -- noop, silence, suspend
  reject_media INTEGER NOT NULL DEFAULT 0,
  reject_reports INTEGER NOT NULL DEFAULT 0,
  private_comment TEXT,
  public_comment TEXT,
  obfuscate INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL
);

CREATE TABLE domain_allow (
  id INTEGER PRIMARY KEY,
  domain TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
);

CREATE TABLE email_domain_block (
  id INTEGER PRIMARY KEY,
  domain TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
);

CREATE TABLE email_domain_attempt (        -- who tried to join with such an address; kept for some days
  block_id INTEGER NOT NULL,
  day INTEGER NOT NULL,                    -- days since 1970
  address TEXT NOT NULL,
  uses INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (block_id, day, address)
) WITHOUT ROWID;

CREATE TABLE canonical_email_block (       -- an address as such, without its dots and what follows a plus
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,               -- SHA-256, hexadecimal
  account_id INTEGER,                      -- the suspended account whose address it is
  created_at INTEGER NOT NULL
);
CREATE INDEX canonical_email_block_by_account ON canonical_email_block (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE ip_block (
  id INTEGER PRIMARY KEY,
  network TEXT NOT NULL UNIQUE,            -- 192.0.2.0/24
  severity TEXT NOT NULL,                  -- sign_up_requires_approval, sign_up_block, no_access
  comment TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  expires_at INTEGER
);
