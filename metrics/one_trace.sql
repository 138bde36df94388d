-- What is known of one trace? One row, or none. Nanoseconds beside the moments, as frames may round those.
SELECT *, epoch_ns(first_span_ts) AS first_ns, epoch_ns(last_span_ts) AS last_ns, cost_total::DOUBLE AS cost_usd
FROM traces
WHERE trace_id = $trace_id
