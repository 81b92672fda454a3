INSERT INTO session (hash, user_id, token_id, created_at, expires_at)
VALUES (zeroblob(32), '01890000-0000-7000-8000-000000000061', 1, 1, 9);
