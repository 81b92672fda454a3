-- What a person said to a job on hold. It holds for the commit of the job's pipeline, and for no other.
CREATE TABLE approval (
    job_id     TEXT NOT NULL PRIMARY KEY REFERENCES job (id),
    verdict    TEXT NOT NULL CHECK (verdict IN ('approved', 'denied')),
    by_id      INTEGER,                                     -- the forge's id of the person
    by_login   TEXT NOT NULL,
    sha        TEXT NOT NULL,
    decided_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
