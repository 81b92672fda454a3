INSERT INTO project (id, vcs, org, repo, forge_id, installation_id, default_branch, clone_url, web_url, private,
                     next_pipeline_number, next_job_number, created_at, updated_at)
VALUES ('01890000-0000-7000-8000-000000000001', 'github', 'acme', 'app', 1, 7, 'main',
        'https://github.com/acme/app.git', 'https://github.com/acme/app', 0, 2, 3, 1, 1),
       ('01890000-0000-7000-8000-000000000002', 'gitlab', 'group/sub', 'app', 1, NULL, 'main',
        'https://gitlab.com/group/sub/app.git', 'https://gitlab.com/group/sub/app', 1, 1, 1, 1, 1);
