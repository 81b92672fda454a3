INSERT INTO runner_token (id, label, hash, created_at) VALUES (1, 'bundled', zeroblob(32), 1);
INSERT INTO runner (id, name, token_id, offers, created_at, last_seen_at)
VALUES ('01890000-0000-7000-8000-000000000041', 'anna', 1, '{"docker":true,"machine":false}', 1, 2);
