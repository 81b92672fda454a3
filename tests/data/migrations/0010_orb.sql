INSERT INTO orb (name, version, source, sha256, origin, created_at)
VALUES ('acme/tools', '1.2.3', 'version: 2.1', x'0101010101010101010101010101010101010101010101010101010101010101', 'import', 1);
INSERT INTO pipeline_orb (pipeline_id, reference, version, sha256)
VALUES ('01890000-0000-7000-8000-000000000011', 'acme/tools@1', '1.2.3',
        x'0101010101010101010101010101010101010101010101010101010101010101');
