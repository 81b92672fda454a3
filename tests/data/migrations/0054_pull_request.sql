INSERT INTO pull_request (project_id, number, open, draft, title, web_url, head_ref, head_sha, head_repository_id, base_ref,
                          updated_at)
VALUES ('01890000-0000-7000-8000-000000000001', 7, 1, 0, 'Say hello', 'https://github.com/acme/app/pull/7', 'hello',
        '1111111111111111111111111111111111111111', 1, 'main', 1);
