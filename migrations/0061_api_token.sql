-- An API token of a user. Only its SHA-256 is kept.
CREATE TABLE api_token (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id      TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    label        TEXT NOT NULL,                             -- what it is for, in its owner's words
    hash         BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER                                    -- to within some minutes
) STRICT;

CREATE INDEX api_token_by_user ON api_token (user_id, id);
