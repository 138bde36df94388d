-- How much traffic is there in all? One row.
SELECT (SELECT count(*) FROM kept) AS spans,
       count(*) AS traces,
       count(DISTINCT session_id) AS sessions,
       count(DISTINCT user_id) AS users,
       count(*) FILTER (session_id IS NULL) AS traces_without_session,
       count(*) FILTER (status = 'error') AS error_traces,
       count(*) FILTER (NOT is_complete) AS incomplete_traces
FROM traces
WHERE trace_id IN (SELECT trace_id FROM kept)
