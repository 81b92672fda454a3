-- A cache: an archive that a job saved under a key. First writer wins; it never changes. Its bytes are in the blob store.
CREATE TABLE cache (
    id         TEXT NOT NULL PRIMARY KEY,                   -- UUID version 7; also the name of its blob
    project_id TEXT NOT NULL REFERENCES project (id),
    zone       TEXT NOT NULL CHECK (zone IN ('repo')),      -- who may trust it; from the pipeline, never from a request
    key        TEXT NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    job_id     TEXT NOT NULL REFERENCES job (id),           -- the job that saved it
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,                            -- the one that was used longest ago makes room first
    UNIQUE (project_id, zone, key)
) STRICT;

CREATE INDEX cache_by_use ON cache (used_at, id);
