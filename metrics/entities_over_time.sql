-- Which personal data was replaced, when and in which app? One row per entity type, day of the span (UTC) and app.
SELECT entity,
       day,
       app,
       sum(replaced)::BIGINT AS replaced,
       count(*) AS spans
FROM (
    SELECT unnest(json_keys(entities)) AS entity,
           start_ts::DATE AS day,
           coalesce(nullif(app, ''), '(not given)') AS app,
           unnest(list_transform(json_keys(entities), lambda key: (entities ->> key)::BIGINT)) AS replaced
    FROM span_rows
    WHERE entities IS NOT NULL AND entities::VARCHAR NOT IN ('', '{}', 'null')
)
GROUP BY ALL
ORDER BY day, entity, app
