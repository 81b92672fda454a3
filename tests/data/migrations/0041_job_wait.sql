INSERT INTO job (id, workflow_id, project_id, number, name, position, kind, state, requires, job_group, group_role, waits_for,
                 created_at)
VALUES ('01890000-0000-7000-8000-000000000033', '01890000-0000-7000-8000-000000000023',
        '01890000-0000-7000-8000-000000000001', 3, 'hold', 0, 'approval', 'on_hold', '[]', 'release', 'member',
        'waits for an approval', 2);
INSERT INTO job (id, workflow_id, project_id, number, name, position, kind, state, outcome, reason, requires, reuses,
                 created_at, ended_at)
VALUES ('01890000-0000-7000-8000-000000000034', '01890000-0000-7000-8000-000000000023',
        '01890000-0000-7000-8000-000000000001', 4, 'old', 1, 'approval', 'ended', 'canceled', 'ada canceled it', '[]',
        '01890000-0000-7000-8000-000000000032', 2, 4);
