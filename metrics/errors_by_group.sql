-- How often do spans fail, by series? One row per series, most failures first. Spans that have not ended are not counted.
SELECT series,
       count(*) FILTER (status <> 'running') AS ended_spans,
       count(*) FILTER (status = 'error') AS error_spans,
       count(*) FILTER (status = 'running') AS running_spans,
       count(DISTINCT CASE WHEN status = 'error' THEN trace_id END) AS traces_with_error
FROM kept
GROUP BY series
ORDER BY error_spans DESC, ended_spans DESC, series
