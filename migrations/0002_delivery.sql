-- A delivery: one webhook as it came in, stored before it is answered. Rows are never changed but in their state.
CREATE TABLE delivery (
    id          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    vcs         TEXT NOT NULL CHECK (vcs IN ('github', 'gitlab')),
    guid        TEXT NOT NULL,                              -- the forge's own id of this delivery
    event       TEXT NOT NULL,                              -- the forge's name of the event
    body_sha256 BLOB NOT NULL CHECK (length(body_sha256) = 32),
    body        BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    state       TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done', 'ignored', 'dead')),
    note        TEXT,                                       -- why it was ignored, or what went wrong last
    attempts    INTEGER NOT NULL DEFAULT 0,                 -- failures of its own
    postponed   INTEGER NOT NULL DEFAULT 0,                 -- times that the forge gave no answer
    next_try_at INTEGER NOT NULL,
    UNIQUE (vcs, guid)
) STRICT;

CREATE INDEX delivery_due ON delivery (next_try_at, id) WHERE state = 'new';
