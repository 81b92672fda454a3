-- A pull request (a merge request at GitLab) as the forge told of it last.
CREATE TABLE pull_request (
    project_id         TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    number             INTEGER NOT NULL,
    open               INTEGER NOT NULL CHECK (open IN (0, 1)),
    draft              INTEGER NOT NULL CHECK (draft IN (0, 1)),
    title              TEXT NOT NULL,
    web_url            TEXT NOT NULL,
    head_ref           TEXT NOT NULL,                       -- branch in the repository that it comes from
    head_sha           TEXT NOT NULL,
    head_repository_id INTEGER,                             -- the forge's id; NULL: that repository is gone
    base_ref           TEXT NOT NULL,
    updated_at         INTEGER NOT NULL,
    PRIMARY KEY (project_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX pull_request_by_head ON pull_request (project_id, head_ref) WHERE open = 1;
