-- Which spans of a window are counted one by one, and by what? One row per span of the hours that the window cuts, and
-- of the hours in [$stale_ns, $stale_end_ns) whose rows in step_hours are not up to date. The ranges of time stand apart
-- and come as numbers, so that each skips the row groups outside it.
WITH narrow AS NOT MATERIALIZED (
    SELECT trace_id, start_ts, step, is_evaluation, model, prompt_version, retrieval_config, status, kind, time_source,
           duration_ns, self_ns, critical_ns, usage_is_rollup, tok_in, tok_out, tok_cache_read, tok_reasoning, cost_total, cost_missing
    FROM span_rows
), cut AS (
    SELECT * FROM narrow
    WHERE start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($first_hour_ns)
    UNION ALL
    SELECT * FROM narrow
    WHERE start_ts >= make_timestamp_ns($last_hour_ns) AND start_ts < make_timestamp_ns($until_ns)
    UNION ALL
    SELECT * FROM narrow
    WHERE start_ts >= make_timestamp_ns($stale_ns) AND start_ts < make_timestamp_ns($stale_end_ns)
      AND date_trunc('hour', start_ts) IN (FROM stale_hours)
), of_traces AS (
    SELECT trace_id, app, app_version, tenant, environment FROM traces
    WHERE first_span_ts < make_timestamp_ns($until_ns) AND last_span_ts >= make_timestamp_ns($since_ns)
)
SELECT date_trunc('hour', start_ts) AS hour_ts,
       coalesce(nullif(t.app, ''), '(not given)') AS app,
       coalesce(nullif(step, ''), '(not given)') AS step,
       CASE WHEN is_evaluation THEN 'evaluation' ELSE 'app' END AS purpose,
       coalesce(nullif(t.tenant, ''), '(not given)') AS tenant,
       coalesce(nullif(model, ''), '(not given)') AS model,
       coalesce(nullif(prompt_version, ''), '(not given)') AS prompt_version,
       coalesce(nullif(retrieval_config, ''), '(not given)') AS retrieval_config,
       coalesce(nullif(t.app_version, ''), '(not given)') AS app_version,
       coalesce(nullif(t.environment, ''), '(not given)') AS environment,
       status, kind, time_source, cost_missing,
       CASE WHEN time_source = 'client' THEN duration_ns END AS timed_ns,
       time_source = 'client' AND duration_ns IS NULL AS is_unended,
       self_ns, critical_ns,
       usage_is_rollup IS NOT TRUE AS counts,
       tok_in, tok_out, tok_cache_read, tok_reasoning, cost_total
FROM cut LEFT JOIN of_traces t ON t.trace_id = cut.trace_id
