-- How many conversations have spans in each of two windows? One row per application, and one without for all of them.
WITH judging AS (
    SELECT t.trace_id FROM traces t JOIN span_rows s ON s.trace_id = t.trace_id AND s.span_id = t.root_span_id
    WHERE s.kind = 'evaluator'
), asked AS (
    SELECT coalesce(nullif(t.session_id, ''), t.trace_id) AS conversation,
           coalesce(nullif(t.app, ''), '(not given)') AS app,
           s.start_ts >= make_timestamp_ns($since_ns) AND s.start_ts < make_timestamp_ns($until_ns) AS is_new
    FROM span_rows s JOIN traces t ON t.trace_id = s.trace_id
    WHERE ((s.start_ts >= make_timestamp_ns($since_ns) AND s.start_ts < make_timestamp_ns($until_ns))
           OR (s.start_ts >= make_timestamp_ns($reference_since_ns)
               AND s.start_ts < make_timestamp_ns($reference_until_ns)))
      AND s.trace_id NOT IN (SELECT trace_id FROM judging) AND s.kind IS DISTINCT FROM 'evaluator'
      AND NOT coalesce(s.is_evaluation, false)
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(t.app, ''), '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0
           OR list_contains($tenants::VARCHAR[], coalesce(nullif(t.tenant, ''), '(not given)')))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(nullif(t.environment, ''), '(not given)')))
)
SELECT app, count(DISTINCT conversation) FILTER (NOT is_new) AS before, count(DISTINCT conversation) FILTER (is_new) AS now
FROM asked GROUP BY GROUPING SETS ((), (app))
ORDER BY before + now DESC, app
