-- An artifact: one file that a task stored. Its path is a name in this table and nowhere a path of the file system.
CREATE TABLE artifact (
    id         TEXT NOT NULL PRIMARY KEY,                   -- UUID version 7; also the name of its blob
    job_id     TEXT NOT NULL REFERENCES job (id),
    task_id    TEXT NOT NULL REFERENCES task (id),
    node_index INTEGER NOT NULL,
    path       TEXT NOT NULL CHECK (length(CAST(path AS BLOB)) BETWEEN 1 AND 1024),
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    created_at INTEGER NOT NULL,
    UNIQUE (job_id, node_index, path)
) STRICT;
