-- Invitations: a code lets its holders join, so many times and so long.

CREATE TABLE invite (
  id INTEGER PRIMARY KEY,
  code TEXT NOT NULL UNIQUE,
  inviter_id INTEGER NOT NULL,
  note TEXT NOT NULL DEFAULT '',           -- for whom; only the inviter reads it
  max_uses INTEGER NOT NULL DEFAULT 0,     -- 0: as many as come
  uses INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
);
CREATE INDEX invite_by_inviter ON invite (inviter_id, id);

ALTER TABLE member ADD COLUMN invited_by INTEGER;  -- the account of who invited them
ALTER TABLE member ADD COLUMN invite_id INTEGER;
CREATE INDEX member_by_inviter ON member (invited_by) WHERE invited_by IS NOT NULL;
