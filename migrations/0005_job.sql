-- A job of a workflow.
CREATE TABLE job (
    id             TEXT NOT NULL PRIMARY KEY,
    workflow_id    TEXT NOT NULL REFERENCES workflow (id),
    project_id     TEXT NOT NULL REFERENCES project (id),
    number         INTEGER NOT NULL,
    name           TEXT NOT NULL,
    position       INTEGER NOT NULL,                        -- in the configuration
    kind           TEXT NOT NULL CHECK (kind IN ('build', 'approval', 'no_op', 'release')),
    state          TEXT NOT NULL CHECK (state IN ('blocked', 'on_hold', 'queued', 'running', 'ended')),
    outcome        TEXT CHECK (outcome IN ('success', 'failed', 'canceled', 'not_run', 'unauthorized', 'timed_out',
                                           'infrastructure_fail')),
    reason         TEXT,                                    -- one sentence of cause, for every end that is no success
    requires       TEXT NOT NULL CHECK (json_valid(requires)),
    serial_group   TEXT,
    plan           TEXT CHECK (plan IS NULL OR json_valid(plan)),
    resource_class TEXT,
    needs          TEXT CHECK (needs IN ('docker', 'machine', 'macos')),
    parallelism    INTEGER NOT NULL DEFAULT 1 CHECK (parallelism >= 1),
    approved_by    TEXT,
    created_at     INTEGER NOT NULL,
    queued_at      INTEGER,
    started_at     INTEGER,
    ended_at       INTEGER,
    UNIQUE (project_id, number),
    UNIQUE (workflow_id, name),
    CHECK ((state = 'ended') = (outcome IS NOT NULL)),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL)),
    CHECK ((kind = 'build') = (plan IS NOT NULL)),
    CHECK ((kind = 'build') = (needs IS NOT NULL)),
    CHECK (state <> 'running' OR kind = 'build'),
    CHECK (state <> 'on_hold' OR kind = 'approval')
) STRICT;

CREATE INDEX job_by_workflow ON job (workflow_id, position);
