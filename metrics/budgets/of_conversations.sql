-- What did each conversation cost? One row per conversation that began in the window, with its first trace; amount in
-- US dollars, NULL where the cost of a model call is unknown. A retriever or reranker without a price adds nothing, as
-- most run at home. What judging cost is left out.
talked AS (
    SELECT t.trace_id, t.start_ts, coalesce(nullif(t.session_id, ''), t.trace_id) AS conversation,
           coalesce(n.start_ts, t.start_ts) AS began_ts
    FROM traces t LEFT JOIN sessions n ON n.session_id = t.session_id
    WHERE coalesce(n.start_ts, t.start_ts) >= make_timestamp_ns($since_ns)
      AND coalesce(n.start_ts, t.start_ts) < make_timestamp_ns($until_ns)
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(t.app, ''), '(not given)')))
      AND NOT list_contains($other_apps::VARCHAR[], coalesce(nullif(t.app, ''), '(not given)'))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(nullif(t.environment, ''), '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0
           OR list_contains($tenants::VARCHAR[], coalesce(nullif(t.tenant, ''), '(not given)')))
), units AS (
    SELECT min(k.began_ts) AS start_ts, '' AS series, k.conversation, arg_min(k.trace_id, k.start_ts) AS trace_id,
           CASE WHEN count(*) FILTER (s.cost_total IS NULL AND s.kind IN ('llm', 'embedding')) = 0 THEN sum(s.cost_total)::DOUBLE END AS amount
    FROM talked k JOIN span_rows s ON s.trace_id = k.trace_id
    WHERE s.rowid NOT IN (FROM evaluation_spans) AND s.usage_is_rollup IS NOT TRUE
      AND (s.cost_total IS NOT NULL OR s.kind IN ('llm', 'embedding'))
    GROUP BY k.conversation
)
