-- How long did each call of a step take, or what did it cost? One row per call of the app that began in the window;
-- amount in seconds or US dollars. Calls that were made for judging are not the app's.
units AS (
    SELECT s.start_ts, s.step AS series, coalesce(nullif(t.session_id, ''), t.trace_id) AS conversation, s.trace_id,
           CASE WHEN $figure = 'cost' THEN s.cost_total::DOUBLE
                WHEN s.time_source = 'client' THEN s.duration_ns / 1e9 END AS amount
    FROM span_rows s JOIN traces t ON t.trace_id = s.trace_id
    WHERE s.start_ts >= make_timestamp_ns($since_ns) AND s.start_ts < make_timestamp_ns($until_ns)
      AND lower(s.step) GLOB lower($step)
      AND s.rowid NOT IN (FROM evaluation_spans)
      AND ($figure <> 'cost' OR (s.usage_is_rollup IS NOT TRUE
           AND (s.cost_total IS NOT NULL OR s.cost_missing IS NOT NULL OR s.kind = 'llm')))
      AND (len($models::VARCHAR[]) = 0 OR list_contains($models::VARCHAR[], coalesce(s.model, '(not given)')))
      AND (len($prompt_versions::VARCHAR[]) = 0
           OR list_contains($prompt_versions::VARCHAR[], coalesce(s.prompt_version, '(not given)')))
      AND (len($steps::VARCHAR[]) = 0 OR list_contains($steps::VARCHAR[], coalesce(s.step, '(not given)')))
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(t.app, ''), '(not given)')))
      AND NOT list_contains($other_apps::VARCHAR[], coalesce(nullif(t.app, ''), '(not given)'))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(nullif(t.environment, ''), '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0
           OR list_contains($tenants::VARCHAR[], coalesce(nullif(t.tenant, ''), '(not given)')))
)
