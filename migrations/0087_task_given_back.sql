-- Which runner gave a task back, and when: for a while another one gets it, where there is one.
ALTER TABLE task ADD COLUMN given_back_by TEXT REFERENCES runner (id);
ALTER TABLE task ADD COLUMN given_back_at INTEGER;

CREATE INDEX task_given_back ON task (given_back_by) WHERE state = 'queued' AND given_back_by IS NOT NULL;
