-- What came of it: facts, written by hand. Rows are added and never changed; a correction names the row that it
-- replaces. They go when the person is forgotten.
CREATE TABLE desk_outcome (
  id INTEGER PRIMARY KEY,
  desk_id INTEGER NOT NULL,
  conversation_id INTEGER,                  -- of a case
  account_id INTEGER,                       -- whose case it is
  contact_id INTEGER,                       -- the card, as given (not the one it was merged into)
  replaces_id INTEGER,
  withdrawn INTEGER NOT NULL DEFAULT 0,     -- it takes back what it replaces
  tier TEXT NOT NULL,                       -- model.outcome.Tier
  confidence TEXT NOT NULL,                 -- model.outcome.Confidence
  words TEXT NOT NULL,
  happened_on TEXT NOT NULL,                -- a day of the desk: 2008-09-24
  amount INTEGER,                           -- in the smallest unit of the currency
  currency TEXT NOT NULL DEFAULT '',        -- ISO 4217
  by_id INTEGER NOT NULL
);
CREATE INDEX desk_outcome_by_desk ON desk_outcome (desk_id, happened_on, id);
CREATE INDEX desk_outcome_by_conversation ON desk_outcome (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX desk_outcome_by_contact ON desk_outcome (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX desk_outcome_by_account ON desk_outcome (account_id) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX desk_outcome_replaced ON desk_outcome (replaces_id) WHERE replaces_id IS NOT NULL;

-- Who shares the credit, helpers and ears: all of a kind alike.
CREATE TABLE desk_credit (
  outcome_id INTEGER NOT NULL,
  kind TEXT NOT NULL,                       -- helper, ear
  of_id INTEGER NOT NULL,
  name TEXT NOT NULL,                       -- of the ear, which may be dropped
  PRIMARY KEY (outcome_id, kind, of_id)
) WITHOUT ROWID;

-- Time that somebody spent on a case, as they wrote it down.
CREATE TABLE desk_spent (
  id INTEGER PRIMARY KEY,
  desk_id INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL,
  by_id INTEGER NOT NULL,
  minutes INTEGER NOT NULL
);
CREATE INDEX desk_spent_by_desk ON desk_spent (desk_id, id);
CREATE INDEX desk_spent_by_conversation ON desk_spent (conversation_id, desk_id);

ALTER TABLE desk ADD COLUMN hour_cost INTEGER;                      -- in the smallest unit of its currency
ALTER TABLE desk ADD COLUMN currency TEXT NOT NULL DEFAULT '';      -- ISO 4217; of its costs, and proposed for values
