-- A claim folds the states of a whole workflow: from this index alone, without the plans that lie in the rows.
CREATE INDEX job_states ON job (workflow_id, state, outcome);
