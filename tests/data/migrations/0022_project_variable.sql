INSERT INTO project_variable (project_id, name, sealed, created_at, updated_at)
VALUES ('01890000-0000-7000-8000-000000000001', 'TOKEN', x'01', 1, 2);
