INSERT INTO pause (scope, subject, paused_by, reason, since)
VALUES ('all', '', 'ada', 'the disk is being replaced', 5), ('runner', 'box', 'bob', '', 6);
