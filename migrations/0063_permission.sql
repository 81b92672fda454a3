-- What a forge has said about a user's rights to a project. Believed for some minutes, then asked again.
CREATE TABLE permission (
    user_id    TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    level      TEXT NOT NULL CHECK (level IN ('none', 'read', 'write', 'admin')),
    asked_at   INTEGER NOT NULL,
    PRIMARY KEY (user_id, project_id)
) STRICT, WITHOUT ROWID;
