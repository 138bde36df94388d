-- How much traffic is there, over time? One row per series and bucket.
SELECT series,
       make_timestamp_ns(epoch_ns(start_ts) // $bucket_ns * $bucket_ns) AS bucket_start,
       count(*) AS spans,
       count(DISTINCT trace_id) AS traces
FROM kept
WHERE list_contains($series::VARCHAR[], series)
GROUP BY series, bucket_start
ORDER BY series, bucket_start
