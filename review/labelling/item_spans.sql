-- What was done in these traces? One row per span, in order of start; nothing that says how good it was.
SELECT trace_id, span_id, nullif(parent_span_id, '') AS parent_span_id, kind, coalesce(nullif(tool_name, ''), name) AS name,
       status
FROM span_rows
WHERE trace_id IN (SELECT unnest($traces))
  AND start_ts >= (SELECT min(first_span_ts) FROM traces WHERE trace_id IN (SELECT unnest($traces)))
  AND start_ts <= (SELECT max(last_span_ts) FROM traces WHERE trace_id IN (SELECT unnest($traces)))
ORDER BY start_ts, sequence
