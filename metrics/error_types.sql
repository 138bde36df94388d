-- Which errors happen, and where? One row per error type and step.
SELECT coalesce(error_type, '(not given)') AS error_type,
       coalesce(step, '(not given)') AS step,
       count(*) AS error_spans,
       count(DISTINCT trace_id) AS traces,
       min(start_ts) AS first_seen,
       max(start_ts) AS last_seen
FROM kept
WHERE status = 'error'
GROUP BY ALL
ORDER BY error_spans DESC, error_type, step
LIMIT 200
