-- How pages look to a member, in all their browsers: words of model.look; NULL until they choose.
ALTER TABLE member ADD COLUMN look TEXT;
