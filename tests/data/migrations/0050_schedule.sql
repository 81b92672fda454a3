INSERT INTO schedule (id, project_id, origin, name, description, cron, timetable, parameters, ref_kind, ref_name, actor_id,
                      actor_login, next_at, last_slot_at, note, created_at, updated_at)
VALUES ('01890000-0000-7000-8000-000000000501', '01890000-0000-7000-8000-000000000001', 'config', 'nightly', NULL,
        '0 0 * * *', NULL, '{}', 'branch', 'main', 1, 'ada', 86400000, NULL, NULL, 1, 1),
       ('01890000-0000-7000-8000-000000000502', '01890000-0000-7000-8000-000000000001', 'trigger', 'hourly', 'each hour',
        '0 * * * *', '{"per-hour": 1, "hours-of-day": [0]}', '{"deep": true}', 'tag', 'v1', NULL, 'scheduling system', NULL,
        3600000, '1 run was missed', 1, 2);

INSERT INTO schedule_run (pipeline_id, schedule_id, slot_at, schedule_name, workflow)
VALUES ('01890000-0000-7000-8000-000000000012', '01890000-0000-7000-8000-000000000502', 3600000, 'hourly', NULL);
