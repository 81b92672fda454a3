-- A limit that an administrator set while the server runs: it comes before the one of the settings. Limits of single
-- projects are in `queue_project`.
CREATE TABLE queue_limit (
    scope   TEXT NOT NULL CHECK (scope IN ('all', 'project', 'class')), -- `project`: of each that has none of its own
    subject TEXT NOT NULL,                                              -- the class; empty for the other two
    most    INTEGER CHECK (most >= 0),                                  -- NULL: no limit, whatever the settings say
    set_by  TEXT NOT NULL,
    set_at  INTEGER NOT NULL,
    PRIMARY KEY (scope, subject),
    CHECK ((scope = 'class') = (subject <> ''))
) STRICT, WITHOUT ROWID;
