-- A restriction of a context: of the projects, one has to be the job's; of the expressions, all have to be true; of the groups of
-- people at the forge (a team of the organization at GitHub, a group at GitLab), whoever made the job run has to be in one.
CREATE TABLE context_restriction_with_groups (
    id         TEXT NOT NULL PRIMARY KEY,                   -- UUID version 7
    context_id TEXT NOT NULL REFERENCES context (id) ON DELETE CASCADE,
    project_id TEXT REFERENCES project (id),
    expression TEXT CHECK (expression <> ''),
    group_name TEXT CHECK (group_name <> ''),
    created_at INTEGER NOT NULL,
    UNIQUE (context_id, project_id),
    UNIQUE (context_id, expression),
    UNIQUE (context_id, group_name),
    CHECK ((project_id IS NOT NULL) + (expression IS NOT NULL) + (group_name IS NOT NULL) = 1)
) STRICT;

INSERT INTO context_restriction_with_groups (id, context_id, project_id, expression, group_name, created_at)
SELECT id, context_id, project_id, expression, NULL, created_at FROM context_restriction;

DROP TABLE context_restriction;
ALTER TABLE context_restriction_with_groups RENAME TO context_restriction;
