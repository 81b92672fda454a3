-- An SSH key of a project. Its private part is sealed with the master key, for this row only.
CREATE TABLE ssh_key (
    id         TEXT NOT NULL PRIMARY KEY,                   -- UUID version 7
    project_id TEXT NOT NULL REFERENCES project (id),
    kind       TEXT NOT NULL CHECK (kind IN ('additional', 'checkout')),
    hostname   TEXT CHECK (hostname <> ''),                 -- of an additional key; NULL: for every host
    address    TEXT CHECK (address <> ''),                  -- of a checkout key: where git clones from; NULL: the usual one
    public_key TEXT NOT NULL,                               -- as in authorized_keys
    md5        TEXT NOT NULL,                               -- fingerprints, as ssh-keygen prints them
    sha256     TEXT NOT NULL CHECK (sha256 LIKE 'SHA256:%'),
    sealed     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (project_id, kind, sha256),
    CHECK (kind = 'additional' OR hostname IS NULL),
    CHECK (kind = 'checkout' OR address IS NULL)
) STRICT;

-- A project is checked out with one key at most.
CREATE UNIQUE INDEX ssh_key_of_checkout ON ssh_key (project_id) WHERE kind = 'checkout';
