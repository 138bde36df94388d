-- How long do spans take, by series? One row per series, most time in all first; percentiles only where the number of
-- spans can carry them (20 for p95, 100 for p99).
SELECT series,
       count(*) FILTER (time_source = 'client' AND duration_ns IS NOT NULL) AS timed_spans,
       count(*) FILTER (time_source <> 'client') AS receipt_spans,
       count(*) FILTER (time_source = 'client' AND duration_ns IS NULL) AS unended_spans,
       quantile_cont(duration_ns, 0.50) FILTER (time_source = 'client') / 1e6 AS p50_ms,
       CASE WHEN timed_spans >= 20 THEN quantile_cont(duration_ns, 0.95) FILTER (time_source = 'client') / 1e6 END AS p95_ms,
       CASE WHEN timed_spans >= 100 THEN quantile_cont(duration_ns, 0.99) FILTER (time_source = 'client') / 1e6 END AS p99_ms,
       max(duration_ns) FILTER (time_source = 'client') / 1e6 AS longest_ms
FROM kept
GROUP BY series
ORDER BY sum(duration_ns) FILTER (time_source = 'client') DESC NULLS LAST, series
