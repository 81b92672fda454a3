INSERT INTO status_target (project_id, sha, context, pipeline_id, desired_state, description, target_url, desired_seq,
                           sent_seq, next_try_at, updated_at)
VALUES ('01890000-0000-7000-8000-000000000001', '1111111111111111111111111111111111111111', 'ci/roundhouse: build',
        '01890000-0000-7000-8000-000000000011', 'pending', 'Running', 'http://127.0.0.1:8000/', 2, 1, 3, 3);
