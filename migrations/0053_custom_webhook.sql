-- A custom webhook: an address with a secret, through which other programs start pipelines of one branch or tag.
CREATE TABLE custom_webhook (
    id            TEXT NOT NULL PRIMARY KEY,                -- UUID version 7; part of the address
    project_id    TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    secret_hash   BLOB NOT NULL CHECK (length(secret_hash) = 32),
    ref_kind      TEXT CHECK (ref_kind IN ('branch', 'tag')),       -- NULL: the default branch, whatever it is
    ref_name      TEXT,
    created_by    TEXT NOT NULL,                            -- login
    created_at    INTEGER NOT NULL,
    used_at       INTEGER,
    UNIQUE (project_id, name),
    CHECK ((ref_kind IS NULL) = (ref_name IS NULL))
) STRICT;
