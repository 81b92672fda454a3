INSERT INTO custom_webhook (id, project_id, name, secret_hash, ref_kind, ref_name, created_by, created_at, used_at)
VALUES ('0b9a5f3e-5a44-4a7e-9d61-0c7c5f7d3b11', '01890000-0000-7000-8000-000000000001', 'registry', zeroblob(32), 'branch',
        'main', 'ada', 1, NULL),
       ('0b9a5f3e-5a44-4a7e-9d61-0c7c5f7d3b12', '01890000-0000-7000-8000-000000000001', 'chat', x'0101010101010101010101010101010101010101010101010101010101010101',
        NULL, NULL, 'ada', 1, 2);
