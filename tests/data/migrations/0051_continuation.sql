INSERT INTO setup (pipeline_id, defaults, continued_at, configuration, parameters)
VALUES ('01890000-0000-7000-8000-000000000011', '{"deep": false}', 2, 'version: 2.1', '{"deep": true}');

INSERT INTO continuation_key (hash, pipeline_id, created_at)
VALUES (zeroblob(32), '01890000-0000-7000-8000-000000000011', 1);
