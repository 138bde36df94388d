-- In which ISO weeks (UTC) did traces begin? One row per week, newest first.
SELECT date_trunc('week', start_ts)::TIMESTAMP AS monday, count(*) AS traces
FROM traces
WHERE start_ts IS NOT NULL
GROUP BY monday
ORDER BY monday DESC
