-- Why a job that does not run waits: the words of whoever decided it, shown everywhere. NULL: it does not wait.
ALTER TABLE job ADD COLUMN waits_for TEXT;
-- The use of a job group that it belongs to, by its name in the workflow.
ALTER TABLE job ADD COLUMN job_group TEXT;
ALTER TABLE job ADD COLUMN group_role TEXT CHECK (group_role IN ('entry', 'member', 'exit'));
-- In a rerun: the job of an earlier attempt whose run counts here too. It has no tasks of its own.
ALTER TABLE job ADD COLUMN reuses TEXT REFERENCES job (id);

CREATE INDEX job_by_reuse ON job (reuses) WHERE reuses IS NOT NULL;
