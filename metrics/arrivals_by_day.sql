-- What was ingested, when and in which format? One row per day of receipt (UTC) and format.
SELECT received_at::DATE AS day,
       coalesce(nullif(source_format, ''), '(not given)') AS source_format,
       count(*) AS spans,
       count(DISTINCT trace_id) AS traces,
       count(DISTINCT ingest_batch) AS batches,
       count(*) FILTER (revision > 1) AS merged_spans,
       count(*) FILTER (truncated) AS truncated_spans,
       count(*) FILTER (redacted) AS redacted_spans,
       count(*) FILTER (len(problems) > 0) AS odd_spans,
       max(received_at) AS last_received
FROM span_rows
GROUP BY day, source_format
ORDER BY day DESC, spans DESC, source_format
