-- A test result: one case of a JUnit file that a task stored.
CREATE TABLE test_result (
    id          INTEGER PRIMARY KEY,
    job_id      TEXT NOT NULL REFERENCES job (id),
    task_id     TEXT NOT NULL REFERENCES task (id),
    node_index  INTEGER NOT NULL,
    source      TEXT NOT NULL,                              -- path of the JUnit file; the same again replaces it
    name        TEXT NOT NULL,
    classname   TEXT NOT NULL,
    file        TEXT,                                       -- where the test is written, when the file tells
    result      TEXT NOT NULL CHECK (result IN ('success', 'failure', 'error', 'skipped')),
    duration_us INTEGER NOT NULL CHECK (duration_us >= 0),
    message     TEXT NOT NULL
) STRICT;

CREATE INDEX test_result_by_job ON test_result (job_id, result, duration_us);
CREATE INDEX test_result_by_source ON test_result (task_id, source);
-- Timings are asked for by the name of a job: its last runs, newest first.
CREATE INDEX job_by_name ON job (project_id, name, number);
