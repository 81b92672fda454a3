-- A layer of a workspace: what one step of one task persisted. Its bytes are in the blob store.
CREATE TABLE workspace_layer (
    id          TEXT NOT NULL PRIMARY KEY,                  -- UUID version 7; also the name of its blob
    workflow_id TEXT NOT NULL REFERENCES workflow (id),
    job_id      TEXT NOT NULL REFERENCES job (id),
    task_id     TEXT NOT NULL REFERENCES task (id),
    size_bytes  INTEGER NOT NULL CHECK (size_bytes >= 0),
    sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
    created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX workspace_layer_by_workflow ON workspace_layer (workflow_id, id);
