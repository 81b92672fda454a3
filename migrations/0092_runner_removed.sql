-- A runner that an administrator removed. Its row stays for the tasks that it ran; its name is another's to have, so `name`
-- holds the id, and this column what the runner was called.
ALTER TABLE runner ADD COLUMN removed_name TEXT CHECK (removed_name IS NULL OR name = id);
