INSERT INTO test_result (id, job_id, task_id, node_index, source, name, classname, file, result, duration_us, message)
VALUES (1, '01890000-0000-7000-8000-000000000031', '01890000-0000-7000-8000-000000000051', 0, 'junit.xml', 'adds', 'calc',
        'calc_test.py', 'success', 1500000, ''),
       (2, '01890000-0000-7000-8000-000000000031', '01890000-0000-7000-8000-000000000051', 0, 'junit.xml', 'divides',
        'calc', NULL, 'failure', 20, 'expected 2, got 3');
