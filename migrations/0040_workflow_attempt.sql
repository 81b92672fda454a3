-- Workflows are repeated, canceled as a whole, and end with `error` when only the infrastructure failed.
-- A new status needs a new table: rows and whatever refers to them stay as they are.
PRAGMA defer_foreign_keys = ON;

CREATE TABLE workflow_before AS SELECT * FROM workflow;
DROP TABLE workflow;

CREATE TABLE workflow (
    id          TEXT NOT NULL PRIMARY KEY,
    pipeline_id TEXT NOT NULL REFERENCES pipeline (id),
    name        TEXT NOT NULL,
    position    INTEGER NOT NULL,                           -- in the configuration
    status      TEXT NOT NULL CHECK (status IN ('success', 'running', 'not_run', 'failed', 'error', 'failing', 'on_hold',
                                                'canceled', 'unauthorized')),  -- the fold over its jobs, stored
    skipped     TEXT NOT NULL CHECK (json_valid(skipped)),  -- jobs that were left out, and why
    max_auto_reruns INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER,                                    -- the scheduler looks at it then; NULL: nothing to decide
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    workspace_id TEXT NOT NULL REFERENCES workflow (id),    -- the first attempt: all attempts share its workspace
    attempt     INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1),  -- counts those with the same `workspace_id`
    rerun_of    TEXT REFERENCES workflow (id),              -- the attempt that it repeats
    rerun_kind  TEXT CHECK (rerun_kind IN ('from_start', 'from_failed', 'jobs', 'failed_tests')),
    rerun_by_id INTEGER,                                    -- the forge's id of whoever asked for it
    rerun_by_login TEXT,                                    -- NULL for an automatic rerun
    auto_rerun_number INTEGER NOT NULL DEFAULT 0 CHECK (auto_rerun_number >= 0),  -- which automatic rerun it is
    cancel_reason TEXT,                                     -- it was canceled as a whole: who or what did, in a sentence
    CHECK ((rerun_of IS NULL) = (attempt = 1)),
    CHECK ((rerun_of IS NULL) = (rerun_kind IS NULL)),
    CHECK (auto_rerun_number = 0 OR rerun_of IS NOT NULL),
    UNIQUE (workspace_id, attempt)
) STRICT;

INSERT INTO workflow (id, pipeline_id, name, position, status, skipped, max_auto_reruns, due_at, created_at, ended_at,
                      workspace_id)
SELECT id, pipeline_id, name, position, status, skipped, max_auto_reruns, due_at, created_at, ended_at, id
FROM workflow_before;
DROP TABLE workflow_before;

CREATE INDEX workflow_due ON workflow (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX workflow_by_pipeline ON workflow (pipeline_id, position);
CREATE INDEX workflow_by_rerun ON workflow (rerun_of) WHERE rerun_of IS NOT NULL;
