-- What members would rather not be told of by people they do not know, and what was withheld because of it. Facts:
-- whether somebody was a stranger is decided at the moment, and a rebuild of the notifications must not decide it again.

CREATE TABLE notification_policy (        -- accept, filter or drop
  account_id INTEGER PRIMARY KEY,
  not_following TEXT NOT NULL DEFAULT 'accept',
  not_followers TEXT NOT NULL DEFAULT 'accept',
  new_accounts TEXT NOT NULL DEFAULT 'accept',
  private_mentions TEXT NOT NULL DEFAULT 'accept',
  limited_accounts TEXT NOT NULL DEFAULT 'filter'
);

CREATE TABLE notification_permission (    -- from whom everything is accepted all the same
  account_id INTEGER NOT NULL,
  from_id INTEGER NOT NULL,
  PRIMARY KEY (account_id, from_id)
) WITHOUT ROWID;
CREATE INDEX notification_permission_by_from ON notification_permission (from_id);

CREATE TABLE withheld (
  owner_id INTEGER NOT NULL,
  notification_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,            -- who did it
  post_id INTEGER,
  state TEXT NOT NULL,                    -- filtered; dropped: never to be shown
  PRIMARY KEY (owner_id, notification_id)
) WITHOUT ROWID;
CREATE INDEX withheld_by_account ON withheld (owner_id, account_id);
CREATE INDEX withheld_by_fact ON withheld (notification_id);
CREATE INDEX withheld_by_post ON withheld (post_id) WHERE post_id IS NOT NULL;
