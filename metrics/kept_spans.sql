-- Which spans does a TrafficFilter keep? One row per span, with `series`, what it is grouped by, and `home`, its row.
kept AS (
    SELECT *, rowid AS home, coalesce(CASE $grouped_by WHEN 'model' THEN model
                                                       WHEN 'prompt version' THEN prompt_version
                                                       ELSE step END, '(not given)') AS series
    FROM span_rows
    WHERE start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns)
      AND (len($models::VARCHAR[]) = 0 OR list_contains($models::VARCHAR[], coalesce(model, '(not given)')))
      AND (len($prompt_versions::VARCHAR[]) = 0
           OR list_contains($prompt_versions::VARCHAR[], coalesce(prompt_version, '(not given)')))
      AND (len($steps::VARCHAR[]) = 0 OR list_contains($steps::VARCHAR[], coalesce(step, '(not given)')))
      AND ($any_trace OR trace_id IN (
            SELECT trace_id FROM traces
            WHERE NOT $any_trace  -- else the engine compares them all, for nothing
              AND (len($apps::VARCHAR[]) = 0
                   OR list_contains($apps::VARCHAR[], coalesce(app, '(not given)')))
              AND (len($environments::VARCHAR[]) = 0
                   OR list_contains($environments::VARCHAR[], coalesce(environment, '(not given)')))
              AND (len($tenants::VARCHAR[]) = 0
                   OR list_contains($tenants::VARCHAR[], coalesce(tenant, '(not given)')))))
)
