UPDATE job SET state = state;
