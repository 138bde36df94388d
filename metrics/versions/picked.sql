-- Traces of two versions in a window, of a fixed part of each side's conversations where there are very many. A conversation
-- that both versions answered is on neither side.
judging AS (
    SELECT t.trace_id FROM traces t JOIN span_rows s ON s.trace_id = t.trace_id AND s.span_id = t.root_span_id
    WHERE s.kind = 'evaluator' AND t.start_ts >= make_timestamp_ns($since_ns) AND t.start_ts < make_timestamp_ns($until_ns)
), sided AS (
    SELECT trace_id, coalesce(nullif(session_id, ''), trace_id) AS conversation_id, start_ts, status = 'error' AS is_error,
           CASE WHEN time_source = 'client' THEN duration_ns / 1e6 END AS duration_ms, tok_in, tok_out,
           CASE WHEN priced_spans > 0 AND unpriced_spans = 0 THEN cost_total::DOUBLE END AS cost_usd,
           coalesce(nullif(tenant, ''), '(not given)') AS tenant,
           ($a_app IS NULL OR app = $a_app) AND ($a_app_version IS NULL OR app_version = $a_app_version)
               AND ($a_model IS NULL OR model = $a_model) AND ($a_prompt IS NULL OR prompt_version = $a_prompt)
               AND ($a_retrieval IS NULL OR retrieval_config = $a_retrieval) AS is_a,
           ($b_app IS NULL OR app = $b_app) AND ($b_app_version IS NULL OR app_version = $b_app_version)
               AND ($b_model IS NULL OR model = $b_model) AND ($b_prompt IS NULL OR prompt_version = $b_prompt)
               AND ($b_retrieval IS NULL OR retrieval_config = $b_retrieval) AS is_b
    FROM traces
    WHERE start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns)
      AND trace_id NOT IN (SELECT trace_id FROM judging)
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(app, ''), '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0
           OR list_contains($tenants::VARCHAR[], coalesce(nullif(tenant, ''), '(not given)')))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(nullif(environment, ''), '(not given)')))
), counted AS (
    SELECT *, bool_or(is_a) OVER of_one AND bool_or(is_b) OVER of_one AS is_mixed
    FROM sided WHERE is_a OR is_b
    WINDOW of_one AS (PARTITION BY conversation_id)
), picked AS (
    SELECT * FROM counted WHERE NOT is_mixed
    QUALIFY dense_rank() OVER (PARTITION BY is_b ORDER BY hash(conversation_id), conversation_id) <= $most
)
