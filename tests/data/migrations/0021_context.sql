INSERT INTO context (id, vcs, org, name, created_at)
VALUES ('01890000-0000-7000-8000-000000000201', 'github', 'acme', 'deploy', 1);
INSERT INTO context_variable (context_id, name, sealed, created_at, updated_at)
VALUES ('01890000-0000-7000-8000-000000000201', 'TOKEN', x'01', 1, 2);
INSERT INTO context_restriction (id, context_id, project_id, expression, created_at)
VALUES ('01890000-0000-7000-8000-000000000202', '01890000-0000-7000-8000-000000000201',
        '01890000-0000-7000-8000-000000000001', NULL, 1),
       ('01890000-0000-7000-8000-000000000203', '01890000-0000-7000-8000-000000000201', NULL,
        'pipeline.git.branch == "main"', 1);
