-- How often do spans fail, by series? One row per series, most failures first. Spans that have not ended are not counted.
-- Traces are counted apart, of failed spans only: counted beside the others, every span's trace would be compared.
, by_status AS (
    SELECT series, status, count(*) AS spans FROM kept GROUP BY series, status
), failed AS (
    SELECT series, count(DISTINCT trace_id) AS traces FROM kept WHERE status = 'error' GROUP BY series
)
SELECT series,
       coalesce(sum(by_status.spans) FILTER (status <> 'running'), 0)::BIGINT AS ended_spans,
       coalesce(sum(by_status.spans) FILTER (status = 'error'), 0)::BIGINT AS error_spans,
       coalesce(sum(by_status.spans) FILTER (status = 'running'), 0)::BIGINT AS running_spans,
       coalesce(any_value(failed.traces), 0) AS traces_with_error
FROM by_status LEFT JOIN failed USING (series)
GROUP BY series
ORDER BY error_spans DESC, ended_spans DESC, series
