-- A user: a person who may log in here. Most are persons at a forge, whose rights to projects the forge tells; a local one
-- has no rights but those of an administrator.
CREATE TABLE user (
    id         TEXT NOT NULL PRIMARY KEY,
    vcs        TEXT CHECK (vcs IN ('github', 'gitlab')),    -- NULL: a local one
    forge_id   INTEGER,                                     -- the identity at the forge: logins can be taken by others
    login      TEXT NOT NULL CHECK (login <> ''),
    name       TEXT,                                        -- as the forge shows it
    is_admin   INTEGER NOT NULL DEFAULT 0 CHECK (is_admin IN (0, 1)),   -- may do everything, everywhere
    created_at INTEGER NOT NULL,
    UNIQUE (vcs, forge_id),
    CHECK ((vcs IS NULL) = (forge_id IS NULL))
) STRICT;

CREATE UNIQUE INDEX user_local ON user (login COLLATE NOCASE) WHERE vcs IS NULL;
