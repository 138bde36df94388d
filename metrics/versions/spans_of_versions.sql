-- What did each step of the traces of two versions take? One row per span; roll-ups carry no tokens or cost of their own.
SELECT p.trace_id, p.conversation_id, p.is_b, s.step,
       CASE WHEN s.time_source = 'client' THEN s.duration_ns / 1e6 END AS duration_ms,
       CASE WHEN NOT coalesce(s.usage_is_rollup, false) THEN s.tok_in END AS tok_in,
       CASE WHEN NOT coalesce(s.usage_is_rollup, false) THEN s.tok_out END AS tok_out,
       CASE WHEN NOT coalesce(s.usage_is_rollup, false) THEN s.cost_total::DOUBLE END AS cost_usd,
       s.status = 'error' AS is_error
FROM span_rows s JOIN picked p ON p.trace_id = s.trace_id
WHERE s.start_ts >= make_timestamp_ns($since_ns) - INTERVAL 1 DAY AND s.kind IS DISTINCT FROM 'evaluator' AND NOT coalesce(s.is_evaluation, false)
  AND s.step IS NOT NULL
ORDER BY s.trace_id, s.span_id
