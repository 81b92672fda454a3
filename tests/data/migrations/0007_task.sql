INSERT INTO task (id, job_id, node_index, queue, state, outcome, reason, epoch, runner_id, claim_id, token_hash,
                  lease_until, claimed_at, ended_at, started_user_step, last_seq)
VALUES ('01890000-0000-7000-8000-000000000051', '01890000-0000-7000-8000-000000000031', 0, 'docker', 'running', NULL, NULL,
        1, '01890000-0000-7000-8000-000000000041', '01890000-0000-7000-8000-000000000061', zeroblob(32), 60000, 1, NULL, 1,
        3),
       ('01890000-0000-7000-8000-000000000052', '01890000-0000-7000-8000-000000000031', 1, 'docker', 'ended', 'failed',
        'step `test` exited with code 1', 1, '01890000-0000-7000-8000-000000000041', NULL, zeroblob(32), NULL, 1, 9, 1, 5);
