-- Who does not want to see their karma. The karma itself is counted from the facts whenever it is asked for.
ALTER TABLE member ADD COLUMN karma_off INTEGER NOT NULL DEFAULT 0;
