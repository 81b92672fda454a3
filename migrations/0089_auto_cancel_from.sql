-- The first pipeline that auto-cancel is for: those that were there when it was turned on are left alone.
ALTER TABLE project ADD COLUMN auto_cancel_from INTEGER NOT NULL DEFAULT 1;
