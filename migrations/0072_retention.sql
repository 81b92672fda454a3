-- What retention looks for: the oldest of each kind.
ALTER TABLE job ADD COLUMN logs_deleted_at INTEGER;         -- the output of its steps is gone since then

CREATE INDEX job_logs ON job (ended_at, id) WHERE state = 'ended' AND kind = 'build' AND logs_deleted_at IS NULL;
CREATE INDEX artifact_by_age ON artifact (created_at, id);
CREATE INDEX workspace_layer_by_age ON workspace_layer (created_at, id);
CREATE INDEX pipeline_by_age ON pipeline (created_at, id);
CREATE INDEX delivery_by_age ON delivery (received_at, id) WHERE state <> 'new';

-- What rows of jobs hang on, so that they can be deleted without reading whole tables.
CREATE INDEX workspace_layer_by_job ON workspace_layer (job_id);
CREATE INDEX workspace_layer_by_task ON workspace_layer (task_id);
CREATE INDEX artifact_by_task ON artifact (task_id);
CREATE INDEX cache_by_job ON cache (job_id);
CREATE INDEX status_target_by_pipeline ON status_target (pipeline_id);
