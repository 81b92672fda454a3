UPDATE queue_project SET max_running = 4;
