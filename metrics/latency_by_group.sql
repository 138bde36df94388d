-- How long do spans take, by series? One row per series, most time in all first; percentiles only where the number of
-- spans can carry them (20 for p95, 100 for p99).
SELECT series, timed_spans, receipt_spans, unended_spans,
       middle[1] / 1e6 AS p50_ms,
       CASE WHEN timed_spans >= 20 THEN middle[2] / 1e6 END AS p95_ms,
       CASE WHEN timed_spans >= 100 THEN middle[3] / 1e6 END AS p99_ms,
       longest_ns / 1e6 AS longest_ms
FROM (
    SELECT series,
           count(timed_ns) AS timed_spans,
           count(*) FILTER (time_source <> 'client') AS receipt_spans,
           count(*) FILTER (time_source = 'client' AND duration_ns IS NULL) AS unended_spans,
           quantile_cont(timed_ns, [0.50, 0.95, 0.99]) AS middle,
           max(timed_ns) AS longest_ns,
           sum(timed_ns) AS all_ns
    FROM (SELECT *, CASE WHEN time_source = 'client' THEN duration_ns END AS timed_ns FROM kept)
    GROUP BY series
)
ORDER BY all_ns DESC NULLS LAST, series
