-- Where an account is, as far as its profile names a place: its middle, in hundredths of a degree. Derived from the
-- location by search/places.py; `harken rebuild places` makes it anew.
ALTER TABLE account ADD COLUMN latitude INTEGER;
ALTER TABLE account ADD COLUMN longitude INTEGER;
CREATE INDEX account_by_place ON account (latitude, longitude) WHERE latitude IS NOT NULL;
