INSERT INTO step (task_id, step, attempt, name, command, background, state, result, started_at, ended_at)
VALUES ('01890000-0000-7000-8000-000000000051', 0, 0, 'Spin up environment', '', 0, 'ended', '{"kind":"exit","code":0}', 1,
        2),
       ('01890000-0000-7000-8000-000000000051', 1, 0, 'test', 'make test', 0, 'running', NULL, 3, NULL);
