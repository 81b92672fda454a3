-- A runner token: the right to claim tasks. Only its SHA-256 is kept.
CREATE TABLE runner_token (
    id         INTEGER NOT NULL PRIMARY KEY,
    label      TEXT NOT NULL UNIQUE,                        -- what people call it
    hash       BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at INTEGER NOT NULL
) STRICT;

-- A runner, as it registered itself with its first claim.
CREATE TABLE runner (
    id           TEXT NOT NULL PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    token_id     INTEGER REFERENCES runner_token (id) ON DELETE SET NULL,
    offers       TEXT NOT NULL CHECK (json_valid(offers)),
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT;
