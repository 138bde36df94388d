-- How long do spans take, over time? One row per series and bucket, for the series asked for.
SELECT series, make_timestamp_ns(bucket * $bucket_ns + 345_600_000_000_000) AS bucket_start, timed_spans,
       middle[1] / 1e6 AS p50_ms,
       CASE WHEN timed_spans >= 20 THEN middle[2] / 1e6 END AS p95_ms,
       CASE WHEN timed_spans >= 100 THEN middle[3] / 1e6 END AS p99_ms
FROM (
    SELECT series, (epoch_ns(start_ts) - 345_600_000_000_000) // $bucket_ns AS bucket, count(*) AS timed_spans,
           quantile_cont(duration_ns, [0.50, 0.95, 0.99]) AS middle
    FROM kept
    WHERE time_source = 'client' AND duration_ns IS NOT NULL AND list_contains($series::VARCHAR[], series)
    GROUP BY series, bucket
)
ORDER BY series, bucket
