-- A context: variables that the jobs of an organization's projects may ask for by its name.
CREATE TABLE context (
    id         TEXT NOT NULL PRIMARY KEY,                   -- UUID version 7
    vcs        TEXT NOT NULL CHECK (vcs IN ('github', 'gitlab')),
    org        TEXT NOT NULL,
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX context_by_name ON context (vcs, org COLLATE NOCASE, name);

-- A variable of a context. Its value is sealed with the master key, for this row only.
CREATE TABLE context_variable (
    context_id TEXT NOT NULL REFERENCES context (id) ON DELETE CASCADE,
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
    sealed     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (context_id, name)
) STRICT, WITHOUT ROWID;

-- A restriction of a context: of the projects, one has to be the job's; of the expressions, all have to be true.
CREATE TABLE context_restriction (
    id         TEXT NOT NULL PRIMARY KEY,                   -- UUID version 7
    context_id TEXT NOT NULL REFERENCES context (id) ON DELETE CASCADE,
    project_id TEXT REFERENCES project (id),
    expression TEXT CHECK (expression <> ''),
    created_at INTEGER NOT NULL,
    UNIQUE (context_id, project_id),
    UNIQUE (context_id, expression),
    CHECK ((project_id IS NULL) <> (expression IS NULL))
) STRICT;
