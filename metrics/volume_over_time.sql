-- How much traffic is there, over time? One row per series and bucket.
SELECT series,
       make_timestamp_ns((epoch_ns(start_ts) - 345_600_000_000_000) // $bucket_ns * $bucket_ns + 345_600_000_000_000) AS bucket_start,
       count(*) AS spans,
       count(DISTINCT trace_id) AS traces
FROM kept
WHERE list_contains($series::VARCHAR[], series)
GROUP BY series, bucket_start
ORDER BY series, bucket_start
