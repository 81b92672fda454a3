INSERT INTO pipeline (id, project_id, number, state, trigger, ref_kind, ref_name, sha, subject, body, actor_id, actor_login,
                      author, parameters, "values", config_source, reason, errors, warnings, next_try_at, delivery_id,
                      created_at)
VALUES ('01890000-0000-7000-8000-000000000011', '01890000-0000-7000-8000-000000000001', 1, 'created', 'webhook', 'branch',
        'main', '1111111111111111111111111111111111111111', 'Say hello', '', 1, 'ada', 'Ada', '{}', '{}', 'version: 2.1',
        NULL, NULL, '[]', 1, 1, 1),
       ('01890000-0000-7000-8000-000000000012', '01890000-0000-7000-8000-000000000001', 2, 'errored', 'api', 'tag', 'v1',
        '2222222222222222222222222222222222222222', 'Break it', '', NULL, 'ada', NULL, '{}', '{}', 'version: 9',
        'the configuration has 1 error', '[{}]', NULL, 2, NULL, 2);
