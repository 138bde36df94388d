-- Which traces does a list ask for? One row per trace that was active in the window and holds a span asked for.
kept AS (
    SELECT * FROM traces
    WHERE first_span_ts < make_timestamp_ns($until_ns) AND last_span_ts >= make_timestamp_ns($since_ns)
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(app, '(not given)')))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(environment, '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0
           OR list_contains($tenants::VARCHAR[], coalesce(tenant, '(not given)')))
      AND (NOT $only_incomplete OR NOT is_complete)
      AND (NOT $only_problems OR len(problems) > 0)
      AND ($any_span OR trace_id IN (
            SELECT trace_id FROM span_rows
            WHERE NOT $any_span
              AND start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns)
              AND (len($models::VARCHAR[]) = 0
                   OR list_contains($models::VARCHAR[], coalesce(model, '(not given)')))
              AND (len($prompt_versions::VARCHAR[]) = 0
                   OR list_contains($prompt_versions::VARCHAR[], coalesce(prompt_version, '(not given)')))
              AND (len($steps::VARCHAR[]) = 0
                   OR list_contains($steps::VARCHAR[], coalesce(step, '(not given)')))
              AND (NOT $only_errors OR status = 'error')
              AND (NOT $only_flagged OR injection_flag)))
      AND ($any_text OR trace_id IN (SELECT unnest($found::VARCHAR[])))
)
