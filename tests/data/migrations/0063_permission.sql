INSERT INTO permission (user_id, project_id, level, asked_at)
VALUES ('01890000-0000-7000-8000-000000000061', '01890000-0000-7000-8000-000000000001', 'write', 1);
