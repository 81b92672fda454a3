-- A step of a task: an attempt at it. Its output is a file, never a row.
CREATE TABLE step (
    task_id    TEXT NOT NULL REFERENCES task (id),
    step       INTEGER NOT NULL,                            -- 0: the runner's own; the plan's count from 1
    attempt    INTEGER NOT NULL,
    name       TEXT NOT NULL,
    command    TEXT NOT NULL,
    background INTEGER NOT NULL CHECK (background IN (0, 1)),
    state      TEXT NOT NULL CHECK (state IN ('running', 'ended')),
    result     TEXT CHECK (result IS NULL OR json_valid(result)),
    started_at INTEGER NOT NULL,                            -- by the clock of the runner's machine: for display
    ended_at   INTEGER,
    PRIMARY KEY (task_id, step, attempt),
    CHECK ((state = 'ended') = (result IS NOT NULL)),
    CHECK ((state = 'ended') = (ended_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
