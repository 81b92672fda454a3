INSERT INTO cache (id, project_id, zone, key, size_bytes, sha256, job_id, created_at, used_at, expires_at)
VALUES ('01890000-0000-7000-8000-000000000072', '01890000-0000-7000-8000-000000000001', 'fork:77', 'deps-v1-abc', 9,
        zeroblob(32), '01890000-0000-7000-8000-000000000031', 1, 2, 3);
