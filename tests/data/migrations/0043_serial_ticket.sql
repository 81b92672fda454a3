INSERT INTO serial_ticket (vcs, org, group_key, job_id, workflow_id, unit, project_id, pipeline_number, joined_at, held_at,
                           left_at, released_by)
VALUES ('github', 'acme', 'deploy', '01890000-0000-7000-8000-000000000031', '01890000-0000-7000-8000-000000000021',
        'build', '01890000-0000-7000-8000-000000000001', 1, 1, 2, 3, 'ada'),
       ('github', 'acme', 'deploy', '01890000-0000-7000-8000-000000000033', '01890000-0000-7000-8000-000000000023',
        'release', '01890000-0000-7000-8000-000000000001', 1, 2, 3, NULL, NULL),
       ('github', 'acme', 'deploy', '01890000-0000-7000-8000-000000000034', '01890000-0000-7000-8000-000000000023',
        'old', '01890000-0000-7000-8000-000000000001', 1, 3, NULL, NULL, NULL);
