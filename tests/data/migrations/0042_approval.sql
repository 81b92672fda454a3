INSERT INTO approval (job_id, verdict, by_id, by_login, sha, decided_at)
VALUES ('01890000-0000-7000-8000-000000000032', 'denied', 1, 'ada', '1111111111111111111111111111111111111111', 4);
