-- The spans of two windows, as far as drift looks at them; a seeded share of the sessions where there are very many.
WITH judging AS (
    SELECT t.trace_id FROM traces t JOIN span_rows s ON s.trace_id = t.trace_id AND s.span_id = t.root_span_id
    WHERE s.kind = 'evaluator'
), asked AS (
    SELECT s.* EXCLUDE (app, app_version, tenant), t.app, t.app_version, t.tenant,
           coalesce(nullif(t.session_id, ''), t.trace_id) AS conversation,
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
), kept AS (
    SELECT * FROM asked
    WHERE hash(conversation) % 1_000_000 < 1_000_000 * least(1, $most_spans / (SELECT greatest(count(*), 1) FROM asked))
)
SELECT k.trace_id, k.span_id, k.conversation, k.is_new, k.step, k.kind,
       CASE WHEN k.time_source = 'client' THEN k.duration_ns / 1e6 END AS duration_ms, k.tok_in, k.tok_out,
       CASE WHEN NOT coalesce(k.usage_is_rollup, false) THEN k.cost_total::DOUBLE END AS cost_usd,
       k.status = 'error' AS is_error,
       nullif(k.model, '') AS model, nullif(k.finish_reason, '') AS finish_reason, nullif(k.tool_name, '') AS tool_name,
       nullif(k.prompt_version, '') AS prompt_version, nullif(k.retrieval_config, '') AS retrieval_config,
       nullif(k.app, '') AS app, nullif(k.app_version, '') AS app_version, nullif(k.tenant, '') AS tenant,
       coalesce(d.documents, 0) AS documents
FROM kept k
LEFT JOIN (SELECT trace_id, span_id, count(*) AS documents FROM document_rows
           WHERE role = 'retrieved' GROUP BY ALL) d ON d.trace_id = k.trace_id AND d.span_id = k.span_id
