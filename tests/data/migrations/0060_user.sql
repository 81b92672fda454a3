INSERT INTO user (id, vcs, forge_id, login, name, is_admin, created_at)
VALUES ('01890000-0000-7000-8000-000000000061', 'github', 4815, 'ada', 'Ada Example', 0, 1),
       ('01890000-0000-7000-8000-000000000062', NULL, NULL, 'root', NULL, 1, 1);
