-- The order of claims. A claim must take the same time however many tasks wait, so what decides between them is counted
-- while they come and go, never when a runner asks.
--
-- A lane: the tasks of one project that wait in one queue, for one class, at one priority. Within it the oldest goes first;
-- between lanes the project that has the fewest running in this queue, and of those the one that was served longest ago.
CREATE TABLE queue_lane (
    id         INTEGER NOT NULL PRIMARY KEY,
    queue      TEXT NOT NULL,                               -- as in `task`: who can take them
    class      TEXT NOT NULL,                               -- `docker/medium`, `namespace/name`: what limits and people call it
    project_id TEXT NOT NULL REFERENCES project (id),
    priority   INTEGER NOT NULL CHECK (priority IN (0, 1)), -- 0: somebody waits for it; 1: scheduled
    waiting    INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    running    INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
    load       INTEGER NOT NULL DEFAULT 0 CHECK (load >= 0),    -- tasks of the project that run from any lane of this queue
    turn       INTEGER NOT NULL DEFAULT 0,                  -- counts all claims: of this project's last one in this queue
    UNIQUE (queue, class, priority, project_id)
) STRICT;

CREATE INDEX queue_lane_next ON queue_lane (queue, class, priority, load, turn) WHERE waiting > 0;
CREATE INDEX queue_lane_by_project ON queue_lane (project_id, queue);
CREATE INDEX queue_lane_turn ON queue_lane (turn);

-- A line: all lanes of one queue and class. There are few, and a claim reads those that have something in them.
CREATE TABLE queue_line (
    queue   TEXT NOT NULL,
    class   TEXT NOT NULL,
    waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    running INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
    PRIMARY KEY (queue, class)
) STRICT, WITHOUT ROWID;

CREATE INDEX queue_line_busy ON queue_line (queue, class) WHERE waiting + running > 0;

-- What a project has running, and how much it may.
CREATE TABLE queue_project (
    project_id  TEXT NOT NULL PRIMARY KEY REFERENCES project (id),
    running     INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
    max_running INTEGER CHECK (max_running >= 0)            -- NULL: as the settings say for every project
) STRICT, WITHOUT ROWID;

ALTER TABLE task ADD COLUMN lane_id INTEGER REFERENCES queue_lane (id);
ALTER TABLE task ADD COLUMN ages_at INTEGER;                -- scheduled work: from then on as if somebody waited for it
ALTER TABLE task ADD COLUMN put_off TEXT;                   -- why nobody gets it before `not_before`

INSERT INTO queue_lane (queue, class, project_id, priority)
SELECT DISTINCT t.queue,
                CASE WHEN instr(coalesce(j.resource_class, ''), '/') > 0 THEN j.resource_class
                     ELSE j.needs || '/' || coalesce(j.resource_class, 'medium') END,
                j.project_id, priority.column1
FROM task t JOIN job j ON j.id = t.job_id CROSS JOIN (VALUES (0), (1)) priority;
INSERT INTO queue_line (queue, class) SELECT DISTINCT queue, class FROM queue_lane;
INSERT INTO queue_project (project_id) SELECT DISTINCT project_id FROM queue_lane;

-- Counting. These are the only writers of `waiting`, `running` and `load`.
CREATE TRIGGER queue_lane_waiting AFTER UPDATE OF waiting ON queue_lane WHEN new.waiting <> old.waiting BEGIN
    UPDATE queue_line SET waiting = waiting + new.waiting - old.waiting WHERE queue = new.queue AND class = new.class;
END;

CREATE TRIGGER queue_lane_running AFTER UPDATE OF running ON queue_lane WHEN new.running <> old.running BEGIN
    UPDATE queue_line SET running = running + new.running - old.running WHERE queue = new.queue AND class = new.class;
    UPDATE queue_project SET running = running + new.running - old.running WHERE project_id = new.project_id;
    UPDATE queue_lane SET load = load + new.running - old.running WHERE project_id = new.project_id AND queue = new.queue;
END;

CREATE TRIGGER task_made AFTER INSERT ON task WHEN new.lane_id IS NOT NULL BEGIN
    UPDATE queue_lane SET waiting = waiting + (new.state = 'queued'), running = running + (new.state = 'running')
    WHERE id = new.lane_id;
END;

CREATE TRIGGER task_moved AFTER UPDATE OF state, lane_id ON task
WHEN new.state <> old.state OR new.lane_id IS NOT old.lane_id BEGIN
    UPDATE queue_lane SET waiting = waiting - (old.state = 'queued'), running = running - (old.state = 'running')
    WHERE id = old.lane_id;
    UPDATE queue_lane SET waiting = waiting + (new.state = 'queued'), running = running + (new.state = 'running')
    WHERE id = new.lane_id;
END;

CREATE TRIGGER task_gone AFTER DELETE ON task WHEN old.lane_id IS NOT NULL AND old.state <> 'ended' BEGIN
    UPDATE queue_lane SET waiting = waiting - (old.state = 'queued'), running = running - (old.state = 'running')
    WHERE id = old.lane_id;
END;

UPDATE task SET lane_id = (
    SELECT l.id FROM queue_lane l JOIN job j ON j.id = task.job_id JOIN workflow w ON w.id = j.workflow_id
                                  JOIN pipeline p ON p.id = w.pipeline_id
    WHERE l.queue = task.queue AND l.project_id = j.project_id AND l.priority = (p.trigger = 'schedule')
      AND l.class = CASE WHEN instr(coalesce(j.resource_class, ''), '/') > 0 THEN j.resource_class
                         ELSE j.needs || '/' || coalesce(j.resource_class, 'medium') END);

DROP INDEX task_queue;
CREATE INDEX task_lane ON task (lane_id, not_before, id) WHERE state = 'queued';
CREATE INDEX task_aging ON task (ages_at) WHERE state = 'queued' AND ages_at IS NOT NULL;
