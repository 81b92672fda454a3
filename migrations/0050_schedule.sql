-- A schedule: starts a pipeline of one branch or tag at the minutes of a cron expression, in UTC.
-- Those of a configuration belong to the branch whose configuration has them; the others were made by somebody.
CREATE TABLE schedule (
    id            TEXT NOT NULL PRIMARY KEY,                -- UUID version 7
    project_id    TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    origin        TEXT NOT NULL CHECK (origin IN ('config', 'trigger')),
    name          TEXT NOT NULL,                            -- of a configuration's: the workflow that it runs, and no other
    description   TEXT,
    cron          TEXT NOT NULL,                            -- five fields
    timetable     TEXT CHECK (timetable IS NULL OR json_valid(timetable)),  -- what `cron` was made from, when it was
    parameters    TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(parameters)),
    ref_kind      TEXT NOT NULL CHECK (ref_kind IN ('branch', 'tag')),
    ref_name      TEXT NOT NULL,
    actor_id      INTEGER,                                  -- whose pipelines they are
    actor_login   TEXT NOT NULL,
    next_at       INTEGER,                                  -- the next minute that it fires; NULL: never again
    last_slot_at  INTEGER,                                  -- the last minute that was decided about: fired or missed
    note          TEXT,                                     -- what was missed last, in a sentence
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    CHECK (origin = 'trigger' OR ref_kind = 'branch'),
    CHECK (origin = 'trigger' OR timetable IS NULL)
) STRICT;

CREATE INDEX schedule_due ON schedule (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX schedule_by_ref ON schedule (project_id, origin, ref_name);
CREATE UNIQUE INDEX schedule_of_config ON schedule (project_id, ref_name, name, cron) WHERE origin = 'config';

-- A pipeline that a schedule started, at most one for each of its minutes. Outlives the schedule: a branch that gets the
-- same schedule again must not have the same minute again.
CREATE TABLE schedule_run (
    pipeline_id   TEXT NOT NULL PRIMARY KEY REFERENCES pipeline (id) ON DELETE CASCADE,
    schedule_id   TEXT NOT NULL,
    slot_at       INTEGER NOT NULL,
    schedule_name TEXT NOT NULL,
    workflow      TEXT,                                     -- the only one that runs, of a configuration's schedule
    UNIQUE (schedule_id, slot_at)
) STRICT;
