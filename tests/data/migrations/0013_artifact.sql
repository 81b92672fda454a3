INSERT INTO artifact (id, job_id, task_id, node_index, path, size_bytes, sha256, created_at)
VALUES ('01890000-0000-7000-8000-000000000091', '01890000-0000-7000-8000-000000000031',
        '01890000-0000-7000-8000-000000000051', 0, 'coverage/index.html', 9, zeroblob(32), 1);
