-- What did the app, and what did judging it, cost in one trace, or in the traces of a session? One row per trace.
-- NULL where no price is known. Roll-ups are left out. Of calls without tokens only a language model's count as unpriced.
WITH asked AS (
    SELECT trace_id, first_span_ts, last_span_ts FROM traces
    WHERE trace_id = $trace_id OR session_id = $session_id
)
SELECT trace_id,
       sum(cost_total) FILTER (is_evaluation IS NOT TRUE)::DOUBLE AS app_usd,
       sum(cost_total) FILTER (is_evaluation)::DOUBLE AS judging_usd,
       count(cost_total) FILTER (is_evaluation IS NOT TRUE) AS priced_spans,
       count(*) FILTER (is_evaluation IS NOT TRUE AND cost_total IS NULL
                        AND (kind = 'llm' OR (coalesce(cost_missing, '') <> ''
                                           AND coalesce(tok_in, tok_out) IS NOT NULL))) AS unpriced_spans
FROM span_rows SEMI JOIN asked USING (trace_id)
WHERE usage_is_rollup IS NOT TRUE
  AND start_ts >= (SELECT min(first_span_ts) FROM asked) AND start_ts <= (SELECT max(last_span_ts) FROM asked)
GROUP BY trace_id
