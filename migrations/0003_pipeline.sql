-- A pipeline: everything that one trigger started.
CREATE TABLE pipeline (
    id            TEXT NOT NULL PRIMARY KEY,                -- UUID version 7: sorts by the time of creation
    project_id    TEXT NOT NULL REFERENCES project (id),
    number        INTEGER NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('pending', 'setup-pending', 'setup', 'created', 'errored')),
    trigger       TEXT NOT NULL CHECK (trigger IN ('webhook', 'schedule', 'api', 'local')),
    ref_kind      TEXT NOT NULL CHECK (ref_kind IN ('branch', 'tag')),
    ref_name      TEXT NOT NULL,
    sha           TEXT NOT NULL,
    subject       TEXT NOT NULL,                            -- first line of the commit message
    body          TEXT NOT NULL,                            -- the rest of it
    actor_id      INTEGER,
    actor_login   TEXT NOT NULL,
    author        TEXT,                                     -- name of the commit's author
    parameters    TEXT NOT NULL CHECK (json_valid(parameters)),
    "values"      TEXT NOT NULL CHECK (json_valid("values")),
    config_source TEXT,                                     -- the configuration as it was read
    reason        TEXT,                                     -- why it errored, in a sentence
    errors        TEXT CHECK (errors IS NULL OR json_valid(errors)),        -- diagnostics of the compiler
    warnings      TEXT CHECK (warnings IS NULL OR json_valid(warnings)),
    skipped       TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(skipped)),     -- workflows left out, and why
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_try_at   INTEGER NOT NULL,
    delivery_id   INTEGER UNIQUE REFERENCES delivery (id),  -- a delivery makes one pipeline at most
    created_at    INTEGER NOT NULL,
    UNIQUE (project_id, number),
    CHECK ((state = 'errored') <= (reason IS NOT NULL))
) STRICT;

CREATE INDEX pipeline_due ON pipeline (next_try_at, id) WHERE state IN ('pending', 'setup-pending');
CREATE INDEX pipeline_by_branch ON pipeline (project_id, ref_name, id);
CREATE INDEX pipeline_by_project ON pipeline (project_id, id);
