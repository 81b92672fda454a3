-- A place in the queue of a serial group, which spans an organization: of one job, or of a job group as a whole.
CREATE TABLE serial_ticket (
    id              INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,     -- the order of arrival
    vcs             TEXT NOT NULL,
    org             TEXT NOT NULL,
    group_key       TEXT NOT NULL,
    job_id          TEXT NOT NULL UNIQUE REFERENCES job (id),       -- the job; of a job group, its entry
    workflow_id     TEXT NOT NULL REFERENCES workflow (id),
    unit            TEXT NOT NULL,                          -- what people know it by: the name of the job or of the group
    project_id      TEXT NOT NULL REFERENCES project (id),
    pipeline_number INTEGER NOT NULL,
    joined_at       INTEGER NOT NULL,
    held_at         INTEGER,                                -- since when it may run
    left_at         INTEGER,                                -- since when it is no concern of others
    released_by     TEXT                                    -- who let the next one in before its end
) STRICT;

-- One holder at a time: the database refuses a second.
CREATE UNIQUE INDEX serial_ticket_holder ON serial_ticket (vcs, org, group_key) WHERE held_at IS NOT NULL AND left_at IS NULL;
CREATE INDEX serial_ticket_by_workflow ON serial_ticket (workflow_id);
CREATE INDEX serial_ticket_queue ON serial_ticket (vcs, org, group_key, id) WHERE left_at IS NULL;
