-- A task: one parallel run of a job, the thing that a runner claims. Made when its job is queued.
CREATE TABLE task (
    id                TEXT NOT NULL PRIMARY KEY,            -- UUID version 7: the queue is in the order of the ids
    job_id            TEXT NOT NULL REFERENCES job (id),
    node_index        INTEGER NOT NULL,
    queue             TEXT NOT NULL,                        -- `docker`, `machine`, `docker@namespace/name` …
    state             TEXT NOT NULL CHECK (state IN ('queued', 'running', 'ended')),
    outcome           TEXT CHECK (outcome IN ('success', 'failed', 'canceled', 'not_run', 'unauthorized', 'timed_out',
                                              'infrastructure_fail')),
    reason            TEXT,
    epoch             INTEGER NOT NULL DEFAULT 0,           -- counts its claims; a call with an older one is refused
    runner_id         TEXT REFERENCES runner (id),
    claim_id          TEXT,                                 -- chosen by the runner: a repeat of a claim is recognised
    token_hash        BLOB,                                 -- SHA-256 of the token of this claim
    lease_until       INTEGER,
    claimed_at        INTEGER,
    ended_at          INTEGER,
    started_user_step INTEGER NOT NULL DEFAULT 0 CHECK (started_user_step IN (0, 1)),
    last_seq          INTEGER NOT NULL DEFAULT 0,           -- of the last stored event
    cancel_requested  INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    unclaimed_count   INTEGER NOT NULL DEFAULT 0,
    not_before        INTEGER NOT NULL DEFAULT 0,           -- nobody gets it earlier: what it needs could not be had
    UNIQUE (job_id, node_index),
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK (state <> 'running' OR (runner_id IS NOT NULL AND claim_id IS NOT NULL AND token_hash IS NOT NULL)),
    CHECK ((state = 'ended') = (outcome IS NOT NULL)),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL))
) STRICT;

CREATE INDEX task_queue ON task (queue, id) WHERE state = 'queued';
CREATE INDEX task_leased ON task (lease_until) WHERE state = 'running';
CREATE UNIQUE INDEX task_claim ON task (claim_id) WHERE claim_id IS NOT NULL;
