UPDATE project SET auto_cancel_from = 2;
