-- Which versions does traffic show? One row per app, kind of version and value; of a model also the name asked for.
-- Spans are read once; what they are grouped by has few combinations, and the rest works on those.
WITH seen AS (
    SELECT app, app_version, model_request, CASE WHEN kind IN ('llm', 'embedding') THEN model END AS model, prompt_name,
           prompt_version, retrieval_config, min(start_ts) AS first_seen, max(start_ts) AS last_seen, count(*) AS spans,
           count(*) FILTER (start_ts >= (SELECT max(start_ts) FROM span_rows
                                         WHERE start_ts < make_timestamp_ns($until_ns)) - INTERVAL 7 DAY) AS of_week
    FROM span_rows
    WHERE start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns)
    GROUP BY ALL
), named AS (
    SELECT app, 'app_version' AS what, app_version AS value, '' AS asked, first_seen, last_seen, spans, of_week FROM seen
    UNION ALL
    SELECT app, 'model', model, coalesce(model_request, ''), first_seen, last_seen, spans, of_week FROM seen
    UNION ALL
    SELECT app, 'prompt', prompt_version, coalesce(prompt_name, ''), first_seen, last_seen, spans, of_week FROM seen
    UNION ALL
    SELECT app, 'retrieval', retrieval_config, '', first_seen, last_seen, spans, of_week FROM seen
), counted AS (
    SELECT coalesce(nullif(app, ''), '(not given)') AS app, what, value, asked, min(first_seen) AS first_seen,
           max(last_seen) AS last_seen, sum(spans)::BIGINT AS spans, sum(of_week)::BIGINT AS of_week
    FROM named
    WHERE value <> ''
    GROUP BY ALL
)
SELECT * EXCLUDE (of_week), of_week / nullif(sum(of_week) OVER (PARTITION BY app, what), 0) AS share_of_week,
       first_seen < min(first_seen) OVER (PARTITION BY app, what) + INTERVAL 1 DAY AS is_from_the_start
FROM counted
ORDER BY app, what, first_seen, asked, value
