INSERT INTO queue_limit (scope, subject, most, set_by, set_at) VALUES ('all', '', 8, 'anna', 1), ('class', 'docker/large', NULL, 'anna', 1);
