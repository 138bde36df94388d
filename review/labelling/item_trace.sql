-- Which trace is under review? One row, or none.
SELECT trace_id, nullif(session_id, '') AS session_id, root_span_id, start_ts, first_sequence
FROM traces
WHERE trace_id = $trace_id
