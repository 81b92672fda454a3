UPDATE pipeline SET zone = 'protected' WHERE ref_kind = 'branch' AND ref_name = 'main';
