-- Which version of itself a post is: whoever has read this one need not read it again.
ALTER TABLE post ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
