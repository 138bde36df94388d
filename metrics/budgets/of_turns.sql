-- How long did each turn take? One row per trace of the app that began in the window; amount in seconds.
judging AS (
    SELECT t.trace_id FROM traces t JOIN span_rows s ON s.trace_id = t.trace_id AND s.span_id = t.root_span_id
    WHERE s.kind = 'evaluator'
), units AS (
    SELECT start_ts, '' AS series, coalesce(nullif(session_id, ''), trace_id) AS conversation, trace_id,
           CASE WHEN time_source = 'client' THEN duration_ns / 1e9 END AS amount
    FROM traces
    WHERE start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns)
      AND trace_id NOT IN (FROM judging)
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(app, ''), '(not given)')))
      AND NOT list_contains($other_apps::VARCHAR[], coalesce(nullif(app, ''), '(not given)'))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(nullif(environment, ''), '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0
           OR list_contains($tenants::VARCHAR[], coalesce(nullif(tenant, ''), '(not given)')))
)
