-- A status target: what the forge should show on a commit under one context, and what it was told last.
-- Changed in the same transaction as the job that it speaks of; the sender brings the forge to agree.
CREATE TABLE status_target (
    project_id      TEXT NOT NULL REFERENCES project (id),
    sha             TEXT NOT NULL,
    context         TEXT NOT NULL,
    pipeline_id     TEXT NOT NULL REFERENCES pipeline (id),
    desired_state   TEXT NOT NULL CHECK (desired_state IN ('pending', 'success', 'failure', 'error')),
    description     TEXT NOT NULL,
    target_url      TEXT NOT NULL,
    desired_seq     INTEGER NOT NULL DEFAULT 1,             -- counts the wishes
    sent_seq        INTEGER NOT NULL DEFAULT 0,             -- the last wish that the forge has, or that was given up
    in_flight_until INTEGER NOT NULL DEFAULT 0,             -- one request at a time for each target
    next_try_at     INTEGER NOT NULL,
    tries           INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    updated_at      INTEGER NOT NULL,
    PRIMARY KEY (project_id, sha, context),
    CHECK (sent_seq <= desired_seq)
) STRICT;

CREATE INDEX status_target_due ON status_target (next_try_at) WHERE sent_seq < desired_seq;
