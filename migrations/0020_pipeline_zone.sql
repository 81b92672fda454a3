-- How far a pipeline is trusted: computed by the server when it makes the pipeline, from numeric ids of the forge's payload,
-- and never changed. `protected` (the default branch), `repo`, `fork:ID` (code of another repository), `fork:gone`.
ALTER TABLE pipeline ADD COLUMN zone TEXT NOT NULL DEFAULT 'repo'
    CHECK (zone IN ('protected', 'repo', 'fork:gone') OR zone GLOB 'fork:[0-9]*');
