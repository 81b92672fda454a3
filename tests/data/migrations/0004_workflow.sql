INSERT INTO workflow (id, pipeline_id, name, position, status, skipped, due_at, created_at, ended_at)
VALUES ('01890000-0000-7000-8000-000000000021', '01890000-0000-7000-8000-000000000011', 'main', 0, 'running', '[]', 5, 1,
        NULL),
       ('01890000-0000-7000-8000-000000000022', '01890000-0000-7000-8000-000000000011', 'empty', 1, 'not_run', '[]', NULL,
        1, 1);
