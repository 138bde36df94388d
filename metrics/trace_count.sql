-- How many traces does the list hold? One row.
SELECT count(*) AS traces,
       count(*) FILTER (error_spans > 0) AS error_traces,
       count(*) FILTER (unpriced_spans > 0) AS unpriced_traces,
       count(*) FILTER (NOT is_complete) AS incomplete_traces
FROM kept
