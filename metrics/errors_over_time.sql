-- How often do spans fail, over time? One row per series and bucket that has an ended span.
SELECT series,
       make_timestamp_ns((epoch_ns(start_ts) - 345_600_000_000_000) // $bucket_ns * $bucket_ns + 345_600_000_000_000) AS bucket_start,
       count(*) AS ended_spans,
       count(*) FILTER (status = 'error') AS error_spans
FROM kept
WHERE status <> 'running' AND list_contains($series::VARCHAR[], series)
GROUP BY series, bucket_start
ORDER BY series, bucket_start
