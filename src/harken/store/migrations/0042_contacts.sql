-- People whom a desk knows: facts, written by hand. Merging moves nothing: a card that was merged into another keeps its
-- accounts, notes, tags and relations, and only `person_id` says under which card they are read; so undoing is exact.
ALTER TABLE desk_act ADD COLUMN contact_id INTEGER;

CREATE TABLE contact (
  id INTEGER PRIMARY KEY,
  desk_id INTEGER NOT NULL,
  person_id INTEGER NOT NULL,               -- the card that stands for the person; its own id unless it was merged
  into_id INTEGER,                          -- the card that it was merged into
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,                   -- folded
  met TEXT NOT NULL DEFAULT '',             -- how we met
  asked TEXT NOT NULL DEFAULT '',           -- what they asked for
  channel TEXT NOT NULL DEFAULT '',         -- model.contact.Channel
  reach TEXT NOT NULL DEFAULT '',           -- where, on that channel
  silent INTEGER NOT NULL DEFAULT 0,        -- do not contact
  source TEXT NOT NULL DEFAULT '',          -- which line of which list it came from
  created_by INTEGER NOT NULL
);
CREATE INDEX contact_by_desk ON contact (desk_id, id) WHERE into_id IS NULL;
CREATE INDEX contact_by_person ON contact (person_id);
CREATE INDEX contact_by_into ON contact (into_id) WHERE into_id IS NOT NULL;
CREATE UNIQUE INDEX contact_by_source ON contact (desk_id, source) WHERE source <> '';

CREATE TABLE contact_account (
  desk_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  PRIMARY KEY (desk_id, account_id)         -- an account is one person
) WITHOUT ROWID;
CREATE INDEX contact_account_by_contact ON contact_account (contact_id);
CREATE INDEX contact_account_by_account ON contact_account (account_id);

CREATE TABLE contact_note (
  id INTEGER PRIMARY KEY,
  contact_id INTEGER NOT NULL,
  author_id INTEGER NOT NULL,
  text TEXT NOT NULL,
  keep_until INTEGER NOT NULL               -- housekeeping removes it then; nobody reads it any more at once
);
CREATE INDEX contact_note_by_contact ON contact_note (contact_id, id);
CREATE INDEX contact_note_by_end ON contact_note (keep_until);

CREATE TABLE contact_tag (
  contact_id INTEGER NOT NULL,
  tag TEXT NOT NULL,                        -- lower case
  PRIMARY KEY (contact_id, tag)
) WITHOUT ROWID;

-- The same words for conversations.
CREATE TABLE desk_case_tag (
  desk_id INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (desk_id, conversation_id, tag)
) WITHOUT ROWID;

CREATE TABLE contact_relation (
  id INTEGER PRIMARY KEY,
  contact_id INTEGER NOT NULL,
  other_id INTEGER NOT NULL,
  kind TEXT NOT NULL                        -- model.contact.Relation: what the other is to the contact
);
CREATE INDEX contact_relation_by_contact ON contact_relation (contact_id);
CREATE INDEX contact_relation_by_other ON contact_relation (other_id);

-- Somebody said that these are two people: they are not suggested again. The lower id first.
CREATE TABLE contact_apart (
  one_id INTEGER NOT NULL,
  other_id INTEGER NOT NULL,
  PRIMARY KEY (one_id, other_id)
) WITHOUT ROWID;
CREATE INDEX contact_apart_by_other ON contact_apart (other_id);

-- Who asked to be forgotten: nothing but a keyed hash of desk and account. Desk 0 stands for all.
CREATE TABLE desk_forgotten (
  desk_id INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (desk_id, hash)
) WITHOUT ROWID;

-- Who said themselves that a desk must not write to them.
CREATE TABLE desk_spared (
  desk_id INTEGER NOT NULL,
  account_id INTEGER NOT NULL,
  PRIMARY KEY (desk_id, account_id)
) WITHOUT ROWID;
CREATE INDEX desk_spared_by_account ON desk_spared (account_id);

-- People of other servers who want to know what is held about them: they show a code on their own page, and an operator
-- looks whether it is there.
CREATE TABLE contact_inquiry (
  id INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  code TEXT NOT NULL,                       -- to be shown on their page
  secret_hash TEXT NOT NULL UNIQUE,         -- of the link that they keep
  granted_by INTEGER,
  until INTEGER NOT NULL
);
CREATE INDEX contact_inquiry_by_end ON contact_inquiry (until);
CREATE INDEX contact_inquiry_by_account ON contact_inquiry (account_id);
