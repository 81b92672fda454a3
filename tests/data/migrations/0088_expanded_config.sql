INSERT INTO expanded_config (pipeline_id, of_setup, text)
SELECT id, 0, x'789c2b4b2d2acecccfb35230e2020019fe039d' FROM pipeline LIMIT 1;
