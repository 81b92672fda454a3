-- Caches of forks, and caches that are kept for less time than others. A CHECK cannot be changed: the table is made anew.
ALTER TABLE cache RENAME TO cache_before;

-- A cache: an archive that a job saved under a key. First writer wins; it never changes. Its bytes are in the blob store.
CREATE TABLE cache (
    id         TEXT NOT NULL PRIMARY KEY,                   -- UUID version 7; also the name of its blob
    project_id TEXT NOT NULL REFERENCES project (id),
    zone       TEXT NOT NULL CHECK (zone = 'repo' OR zone GLOB 'fork:[0-9]*'),
                                                            -- who may trust it; from the pipeline, never from a request
    key        TEXT NOT NULL,
    size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    job_id     TEXT NOT NULL REFERENCES job (id),           -- the job that saved it
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,                            -- the one that was used longest ago makes room first
    expires_at INTEGER,                                     -- by the job's `retention` and the server's; NULL: by the server's
    UNIQUE (project_id, zone, key)
) STRICT;

INSERT INTO cache (id, project_id, zone, key, size_bytes, sha256, job_id, created_at, used_at)
SELECT id, project_id, zone, key, size_bytes, sha256, job_id, created_at, used_at FROM cache_before;
DROP TABLE cache_before;

CREATE INDEX cache_by_use ON cache (used_at, id);
CREATE INDEX cache_by_expiry ON cache (expires_at) WHERE expires_at IS NOT NULL;
