-- An environment variable of a project. Its value is sealed with the master key, for this row only.
CREATE TABLE project_variable (
    project_id TEXT NOT NULL REFERENCES project (id),
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
    sealed     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, name)
) STRICT, WITHOUT ROWID;
