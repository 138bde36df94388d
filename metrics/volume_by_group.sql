-- How much traffic is there, by series? One row per series.
SELECT series,
       count(*) AS spans,
       count(DISTINCT trace_id) AS traces,
       count(DISTINCT session_id) AS sessions,
       min(start_ts) AS first_seen,
       max(start_ts) AS last_seen
FROM kept
GROUP BY series
ORDER BY spans DESC, series
