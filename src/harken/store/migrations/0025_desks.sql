-- Desks: facts. An ear of a desk is an ear whose owner is the desk: no account has its id, so such an ear hears
-- what a visitor may find.

CREATE TABLE desk (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  about TEXT NOT NULL DEFAULT '',           -- for everybody
  kind TEXT NOT NULL,                       -- model.desk.Kind
  emergency TEXT NOT NULL DEFAULT '',
  zone TEXT NOT NULL,
  hours TEXT NOT NULL,                      -- JSON: seven texts, Monday first
  answer_minutes INTEGER NOT NULL,          -- of working time until an answer is due
  created_at INTEGER NOT NULL,
  closed_at INTEGER
);

CREATE TABLE desk_member (
  desk_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  role INTEGER NOT NULL,                    -- model.desk.DeskRole
  joined_at INTEGER NOT NULL,
  PRIMARY KEY (desk_id, account_id)
) WITHOUT ROWID;
CREATE INDEX desk_member_by_account ON desk_member (account_id, desk_id);
