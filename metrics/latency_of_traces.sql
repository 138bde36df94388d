-- How long do whole traces take? One row; traces that hold a kept span.
SELECT count(*) AS traces,
       count(duration_ns) FILTER (time_source = 'client') AS timed_traces,
       quantile_cont(duration_ns, 0.50) FILTER (time_source = 'client') / 1e6 AS p50_ms,
       CASE WHEN timed_traces >= 20 THEN quantile_cont(duration_ns, 0.95) FILTER (time_source = 'client') / 1e6 END AS p95_ms,
       CASE WHEN timed_traces >= 100 THEN quantile_cont(duration_ns, 0.99) FILTER (time_source = 'client') / 1e6 END AS p99_ms
FROM traces
WHERE trace_id IN (SELECT trace_id FROM kept)
