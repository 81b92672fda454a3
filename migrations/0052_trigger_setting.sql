-- What a project wants to be built.
ALTER TABLE project ADD COLUMN auto_cancel INTEGER NOT NULL DEFAULT 0 CHECK (auto_cancel IN (0, 1));
ALTER TABLE project ADD COLUMN build_forks INTEGER NOT NULL DEFAULT 0 CHECK (build_forks IN (0, 1));
ALTER TABLE project ADD COLUMN only_pull_requests INTEGER NOT NULL DEFAULT 0 CHECK (only_pull_requests IN (0, 1));
