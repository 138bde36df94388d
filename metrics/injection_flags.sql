-- How many spans were looked at for injected instructions, and how many are flagged? One row per day of the span (UTC)
-- and app. Judges quote what they judge, so what belongs to judging is left out.
SELECT start_ts::DATE AS day,
       coalesce(nullif(app, ''), '(not given)') AS app,
       count(injection_flag) AS judged_spans,
       count(*) FILTER (injection_flag) AS flagged_spans,
       count(DISTINCT trace_id) FILTER (injection_flag) AS flagged_traces,
       count(*) FILTER (injection_flag IS NULL) AS unjudged_spans
FROM span_rows
WHERE injection_version IS NOT NULL AND is_evaluation IS NOT TRUE
GROUP BY ALL
ORDER BY day, app
