-- What a pipeline's configuration was expanded to, in the form that `config process` prints. Of a pipeline with a setup
-- workflow there are two.
CREATE TABLE expanded_config (
    pipeline_id TEXT NOT NULL REFERENCES pipeline (id) ON DELETE CASCADE,
    of_setup    INTEGER NOT NULL CHECK (of_setup IN (0, 1)),    -- of the setup configuration; 0: of what runs in the end
    text        BLOB NOT NULL,                                  -- UTF-8, compressed (zlib): it repeats itself a lot
    PRIMARY KEY (pipeline_id, of_setup)
) STRICT, WITHOUT ROWID;
