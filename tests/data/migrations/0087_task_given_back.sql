UPDATE task SET given_back_by = (SELECT id FROM runner), given_back_at = 7;
