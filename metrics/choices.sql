-- What can traffic be filtered by? One row per field and value, with the traces or spans that carry it.
SELECT 'app' AS field, coalesce(app, '(not given)') AS value, count(*) AS rows_with FROM traces GROUP BY ALL
UNION ALL
SELECT 'environment', coalesce(environment, '(not given)'), count(*) FROM traces GROUP BY ALL
UNION ALL
SELECT 'tenant', coalesce(tenant, '(not given)'), count(*) FROM traces GROUP BY ALL
UNION ALL
SELECT 'model', coalesce(model, '(not given)'), count(*) FROM span_rows GROUP BY ALL
UNION ALL
SELECT 'prompt version', coalesce(prompt_version, '(not given)'), count(*) FROM span_rows GROUP BY ALL
UNION ALL
SELECT 'step', coalesce(step, '(not given)'), count(*) FROM span_rows GROUP BY ALL
ORDER BY field, rows_with DESC, value
