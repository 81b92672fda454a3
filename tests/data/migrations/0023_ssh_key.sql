INSERT INTO ssh_key (id, project_id, kind, hostname, address, public_key, md5, sha256, sealed, created_at)
VALUES ('01890000-0000-7000-8000-000000000231', '01890000-0000-7000-8000-000000000001', 'additional', 'example.com', NULL,
        'ssh-ed25519 AAAA', '00:11', 'SHA256:aa', x'01', 1),
       ('01890000-0000-7000-8000-000000000232', '01890000-0000-7000-8000-000000000001', 'checkout', NULL,
        'ssh://git@example.com:2222/acme/app.git', 'ssh-ed25519 AAAA', '00:11', 'SHA256:aa', x'01', 1);
