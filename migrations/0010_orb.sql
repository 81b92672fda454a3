-- A version of an orb that this server has: put there by hand, or fetched from the registry once.
-- A version never changes afterwards: other bytes under the same number are refused. `dev:` versions may change.
CREATE TABLE orb (
    name       TEXT NOT NULL,                               -- namespace/name
    version    TEXT NOT NULL,                               -- 1.2.3, or dev:…
    source     TEXT NOT NULL,
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    origin     TEXT NOT NULL CHECK (origin IN ('import', 'registry')),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;

-- What each orb reference of a pipeline's configuration was resolved to.
CREATE TABLE pipeline_orb (
    pipeline_id TEXT NOT NULL REFERENCES pipeline (id) ON DELETE CASCADE,
    reference   TEXT NOT NULL,                              -- as the configuration writes it
    version     TEXT NOT NULL,                              -- 1.2.3, dev:…; empty for an address
    sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (pipeline_id, reference)
) STRICT;
