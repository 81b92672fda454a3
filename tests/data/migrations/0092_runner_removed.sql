INSERT INTO runner (id, name, token_id, offers, created_at, last_seen_at, removed_name)
VALUES ('01890000-0000-7000-8000-0000000000f2', '01890000-0000-7000-8000-0000000000f2', NULL, '{"docker":true,"machine":false}', 1, 1, 'old-box');
