INSERT INTO workflow (id, pipeline_id, name, position, status, skipped, max_auto_reruns, due_at, created_at, ended_at,
                      workspace_id, attempt, rerun_of, rerun_kind, rerun_by_id, rerun_by_login)
VALUES ('01890000-0000-7000-8000-000000000023', '01890000-0000-7000-8000-000000000011', 'main', 0, 'error', '[]', 2, NULL,
        1, 1, '01890000-0000-7000-8000-000000000021', 2, '01890000-0000-7000-8000-000000000021', 'from_failed', 1, 'ada');
