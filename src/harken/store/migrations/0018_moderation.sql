-- Reports, what moderators decide, and the record of it.

-- What holds for an account; `state` follows from these, from the member's confirmation and approval, and from what was
-- decided about its server (model.account.state_of).
ALTER TABLE account ADD COLUMN silenced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN memorial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;    -- nobody signs in; the posts stay
ALTER TABLE account ADD COLUMN sensitized INTEGER NOT NULL DEFAULT 0;  -- whatever media it posts is sensitive
UPDATE account SET silenced = 1 WHERE state = 2;
UPDATE account SET suspended = 1 WHERE state = 3;
UPDATE account SET memorial = 1 WHERE state = 5;
CREATE INDEX account_by_domain ON account (domain, id) WHERE domain <> '';

ALTER TABLE member ADD COLUMN approved INTEGER NOT NULL DEFAULT 1;
ALTER TABLE member ADD COLUMN reason TEXT NOT NULL DEFAULT '';         -- why they want to join
ALTER TABLE member ADD COLUMN address TEXT NOT NULL DEFAULT '';        -- from which they joined

CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,             -- who reports
  target_id INTEGER NOT NULL,              -- whom
  category TEXT NOT NULL,                  -- spam, legal, violation, other
  comment TEXT NOT NULL DEFAULT '',
  post_ids TEXT NOT NULL DEFAULT '[]',     -- JSON, as are the rules
  rule_ids TEXT NOT NULL DEFAULT '[]',
  forward INTEGER NOT NULL DEFAULT 0,      -- the target's server shall be told
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  assigned_id INTEGER,
  resolved_at INTEGER,
  resolved_by INTEGER
);
CREATE INDEX report_by_target ON report (target_id, id);
CREATE INDEX report_by_account ON report (account_id, id);
CREATE INDEX report_open ON report (id) WHERE resolved_at IS NULL;

CREATE TABLE report_told (
  report_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,             -- a moderator who was there when it came
  PRIMARY KEY (report_id, account_id)
) WITHOUT ROWID;
CREATE INDEX report_told_by_account ON report_told (account_id);

CREATE TABLE warning (                     -- what somebody was told when moderators acted
  id INTEGER PRIMARY KEY,
  target_id INTEGER NOT NULL,
  action TEXT NOT NULL,                    -- none, disable, sensitive, silence, suspend
  text TEXT NOT NULL DEFAULT '',
  report_id INTEGER,
  post_ids TEXT NOT NULL DEFAULT '[]',
  created_at INTEGER NOT NULL
);
CREATE INDEX warning_by_target ON warning (target_id, id);

CREATE TABLE moderation_act (              -- append-only: who decided what about whom or what, and why
  id INTEGER PRIMARY KEY,
  actor_id INTEGER,                        -- null: an operator at the command line
  actor TEXT NOT NULL,                     -- the name then
  act TEXT NOT NULL,                       -- suspend, resolve_report, block_domain…
  about_kind TEXT NOT NULL,                -- account, report, domain…
  about_id INTEGER,
  about TEXT NOT NULL,                     -- the name then
  why TEXT NOT NULL DEFAULT '',
  at INTEGER NOT NULL
);
CREATE INDEX moderation_act_about ON moderation_act (about_kind, about_id);
