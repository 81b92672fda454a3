UPDATE runner SET version = '0.1.0', capacity = 4;
