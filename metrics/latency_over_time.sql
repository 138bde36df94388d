-- How long do spans take, over time? One row per series and bucket, for the series asked for.
SELECT series,
       make_timestamp_ns(epoch_ns(start_ts) // $bucket_ns * $bucket_ns) AS bucket_start,
       count(*) AS timed_spans,
       quantile_cont(duration_ns, 0.50) / 1e6 AS p50_ms,
       CASE WHEN timed_spans >= 20 THEN quantile_cont(duration_ns, 0.95) / 1e6 END AS p95_ms,
       CASE WHEN timed_spans >= 100 THEN quantile_cont(duration_ns, 0.99) / 1e6 END AS p99_ms
FROM kept
WHERE time_source = 'client' AND duration_ns IS NOT NULL AND list_contains($series::VARCHAR[], series)
GROUP BY series, bucket_start
ORDER BY series, bucket_start
