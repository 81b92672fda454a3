INSERT INTO delivery (vcs, guid, event, body_sha256, body, received_at, state, note, attempts, next_try_at)
VALUES ('github', 'g-1', 'push', zeroblob(32), x'7b7d', 1, 'done', NULL, 0, 1),
       ('github', 'g-2', 'ping', zeroblob(32), x'7b7d', 2, 'ignored', 'a ping', 0, 2),
       ('gitlab', 'g-1', 'Push Hook', zeroblob(32), x'7b7d', 3, 'new', 'the forge is away', 1, 9);
