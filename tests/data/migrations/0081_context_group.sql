INSERT INTO context_restriction (id, context_id, project_id, expression, group_name, created_at)
VALUES ('01890000-0000-7000-8000-000000000811', '01890000-0000-7000-8000-000000000201', NULL, NULL, 'deployers', 1);
