-- A pause: nothing new is given to runners, of everything, of a project, or to a runner. What runs goes on, and pipelines
-- still come in and wait.
CREATE TABLE pause (
    scope     TEXT NOT NULL CHECK (scope IN ('all', 'project', 'runner')),
    subject   TEXT NOT NULL,                                -- id of the project, name of the runner, empty for all
    paused_by TEXT NOT NULL,
    reason    TEXT NOT NULL,                                -- in their words; empty when they said nothing
    since     INTEGER NOT NULL,
    PRIMARY KEY (scope, subject),
    CHECK ((scope = 'all') = (subject = ''))
) STRICT, WITHOUT ROWID;
