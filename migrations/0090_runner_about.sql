-- What a runner says of itself, for people. NULL: it is of a version that does not say.
ALTER TABLE runner ADD COLUMN version TEXT;
ALTER TABLE runner ADD COLUMN capacity INTEGER CHECK (capacity > 0);   -- tasks at a time
