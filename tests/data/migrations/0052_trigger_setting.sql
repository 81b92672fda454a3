UPDATE project SET auto_cancel = 1, build_forks = 1;
