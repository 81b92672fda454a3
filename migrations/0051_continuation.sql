-- A pipeline whose configuration says `setup: true`: what its setup workflow makes of it comes with the continuation.
CREATE TABLE setup (
    pipeline_id   TEXT NOT NULL PRIMARY KEY REFERENCES pipeline (id) ON DELETE CASCADE,
    defaults      TEXT NOT NULL CHECK (json_valid(defaults)),       -- of the pipeline parameters that it declares
    continued_at  INTEGER,                                  -- NULL: it has not come
    configuration TEXT,                                     -- what it came with
    parameters    TEXT CHECK (parameters IS NULL OR json_valid(parameters)),
    CHECK ((continued_at IS NULL) = (configuration IS NULL)),
    CHECK ((continued_at IS NULL) = (parameters IS NULL))
) STRICT;

-- The right to continue a pipeline, as the jobs of its setup workflow have it. Only the SHA-256 is kept.
CREATE TABLE continuation_key (
    hash          BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    pipeline_id   TEXT NOT NULL REFERENCES pipeline (id) ON DELETE CASCADE,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX continuation_key_by_pipeline ON continuation_key (pipeline_id);
