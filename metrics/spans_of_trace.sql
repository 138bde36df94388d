-- What is one trace made of? One row per span, in order of start. The range of time spares reading other traces' rows.
SELECT *, epoch_ns(start_ts) AS start_ns, epoch_ns(end_ts) AS end_ns, cost_total::DOUBLE AS cost_usd
FROM span_rows
WHERE trace_id = $trace_id
  AND start_ts >= make_timestamp_ns($first_ns) AND start_ts <= make_timestamp_ns($last_ns)
ORDER BY start_ts, sequence
