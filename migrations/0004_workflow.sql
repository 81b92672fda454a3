-- A workflow: one graph of jobs in a pipeline.
CREATE TABLE workflow (
    id          TEXT NOT NULL PRIMARY KEY,
    pipeline_id TEXT NOT NULL REFERENCES pipeline (id),
    name        TEXT NOT NULL,
    position    INTEGER NOT NULL,                           -- in the configuration
    status      TEXT NOT NULL CHECK (status IN ('success', 'running', 'not_run', 'failed', 'failing', 'on_hold',
                                                'canceled', 'unauthorized')),  -- the fold over its jobs, stored
    skipped     TEXT NOT NULL CHECK (json_valid(skipped)),  -- jobs that were left out, and why
    max_auto_reruns INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER,                                    -- the scheduler looks at it then; NULL: nothing to decide
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT;

CREATE INDEX workflow_due ON workflow (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX workflow_by_pipeline ON workflow (pipeline_id, position);
