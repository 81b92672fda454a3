-- A session: a browser that is logged in. Only the SHA-256 of its cookie is kept.
CREATE TABLE session (
    hash       BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    user_id    TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    token_id   INTEGER REFERENCES api_token (id) ON DELETE CASCADE,     -- that it was opened with: it ends with that
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX session_by_end ON session (expires_at);
