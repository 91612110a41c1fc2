-- Servers that a member blocks, paged by when they were. Nothing wrote such rows before.
ALTER TABLE blocked_domain ADD COLUMN id INTEGER NOT NULL DEFAULT 0;
