INSERT INTO api_token (id, user_id, label, hash, created_at, last_used_at)
VALUES (1, '01890000-0000-7000-8000-000000000061', 'laptop', zeroblob(32), 1, 2);
