-- In how many traces does a span fail, by series? One row per series with a failed span.
SELECT series, count(DISTINCT trace_id) AS traces_with_error FROM kept WHERE status = 'error' GROUP BY series
