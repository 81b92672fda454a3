UPDATE job SET logs_deleted_at = 100 WHERE state = 'ended';
