-- Attachments of posts. A row begins as an upload that nothing refers to (loose_since is set), may wait to be
-- converted, is attached to a post, and ends as `gone` until its files are removed.

ALTER TABLE media ADD COLUMN form TEXT NOT NULL DEFAULT 'image';   -- image, gifv, video, audio
ALTER TABLE media ADD COLUMN state INTEGER NOT NULL DEFAULT 0;     -- model.media.MediaState
ALTER TABLE media ADD COLUMN secret TEXT NOT NULL DEFAULT '';      -- in its address; another one when a post is redrafted
ALTER TABLE media ADD COLUMN post_id INTEGER;                      -- null: loose
ALTER TABLE media ADD COLUMN scheduled_id INTEGER;                 -- held by a post that is published later
ALTER TABLE media ADD COLUMN loose_since INTEGER;                  -- null: something refers to it
ALTER TABLE media ADD COLUMN upload TEXT NOT NULL DEFAULT '';      -- path of what was uploaded, until it is converted
ALTER TABLE media ADD COLUMN preview TEXT NOT NULL DEFAULT '';     -- path of the small picture, '' where there is none
ALTER TABLE media ADD COLUMN blurhash TEXT;
ALTER TABLE media ADD COLUMN facts TEXT NOT NULL DEFAULT '{}';     -- JSON: model.media.Facts
ALTER TABLE media ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;     -- of converting
ALTER TABLE media ADD COLUMN claimed_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE media ADD COLUMN error TEXT NOT NULL DEFAULT '';       -- why it failed, for people

CREATE INDEX media_by_post ON media (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX media_loose ON media (loose_since) WHERE loose_since IS NOT NULL;
CREATE INDEX media_unfinished ON media (state) WHERE state <> 0;

ALTER TABLE post ADD COLUMN carries TEXT NOT NULL DEFAULT '[]';    -- JSON: image, video, audio; what its media are
ALTER TABLE post_edit ADD COLUMN media TEXT NOT NULL DEFAULT '[]'; -- JSON: media ids of that version
ALTER TABLE post_edit ADD COLUMN alts TEXT NOT NULL DEFAULT '[]';  -- JSON: their descriptions then
