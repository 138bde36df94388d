-- Which turns make up a session? One row per trace, in order.
SELECT trace_id, root_span_id, name, start_ts, time_source, duration_ns / 1e6 AS duration_ms, status, is_complete, spans,
       error_spans, cost_total::DOUBLE AS cost_usd, priced_spans, unpriced_spans, model, preview
FROM traces
WHERE session_id = $session_id
ORDER BY start_ts, first_sequence
LIMIT $rows OFFSET $first
