INSERT INTO job (id, workflow_id, project_id, number, name, position, kind, state, outcome, reason, requires, plan, needs,
                 parallelism, created_at, queued_at, started_at, ended_at)
VALUES ('01890000-0000-7000-8000-000000000031', '01890000-0000-7000-8000-000000000021',
        '01890000-0000-7000-8000-000000000001', 1, 'build', 0, 'build', 'running', NULL, NULL, '[]', '{}', 'docker', 2, 1,
        2, 3, NULL),
       ('01890000-0000-7000-8000-000000000032', '01890000-0000-7000-8000-000000000021',
        '01890000-0000-7000-8000-000000000001', 2, 'hold', 1, 'approval', 'ended', 'canceled', 'ada canceled it', '[]',
        NULL, NULL, 1, 1, NULL, NULL, 4);
