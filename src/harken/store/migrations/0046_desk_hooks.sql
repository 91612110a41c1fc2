-- Where a desk's record is told: programs that a lead named. The record is the queue; a hook keeps its place in it.
CREATE TABLE desk_hook (
  id INTEGER PRIMARY KEY,
  desk_id INTEGER NOT NULL,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,
  told_id INTEGER NOT NULL,                 -- the last act that was taken
  tries INTEGER NOT NULL DEFAULT 0,         -- that failed since then
  next_at INTEGER NOT NULL,                 -- not before
  paused INTEGER NOT NULL DEFAULT 0,
  failure TEXT NOT NULL DEFAULT ''
);
CREATE INDEX desk_hook_by_desk ON desk_hook (desk_id);
CREATE INDEX desk_hook_due ON desk_hook (next_at) WHERE paused = 0;

-- The last deliveries of each, for leads to look at.
CREATE TABLE desk_delivery (
  id INTEGER PRIMARY KEY,
  hook_id INTEGER NOT NULL,
  acts INTEGER NOT NULL,
  failure TEXT NOT NULL
);
CREATE INDEX desk_delivery_by_hook ON desk_delivery (hook_id, id);
