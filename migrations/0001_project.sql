-- A project: one repository at a forge. It appears when its first event arrives.
-- The forge's numeric id is the identity: names change and can be taken by others, so they are not unique here.
CREATE TABLE project (
    id                   TEXT NOT NULL PRIMARY KEY,
    vcs                  TEXT NOT NULL CHECK (vcs IN ('github', 'gitlab')),
    org                  TEXT NOT NULL,
    repo                 TEXT NOT NULL,
    forge_id             INTEGER NOT NULL,
    installation_id      INTEGER,                           -- of the GitHub App; NULL elsewhere
    default_branch       TEXT NOT NULL,
    clone_url            TEXT NOT NULL,
    web_url              TEXT NOT NULL,
    private              INTEGER NOT NULL CHECK (private IN (0, 1)),
    next_pipeline_number INTEGER NOT NULL DEFAULT 1,
    next_job_number      INTEGER NOT NULL DEFAULT 1,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,                  -- of the names: the newest holder of a name has it
    UNIQUE (vcs, forge_id)
) STRICT;

CREATE INDEX project_by_name ON project (vcs, org COLLATE NOCASE, repo COLLATE NOCASE, updated_at);
