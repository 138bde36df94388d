-- What is odd about the spans that were kept? One row per problem and format.
SELECT problem, source_format, count(*) AS spans, count(DISTINCT trace_id) AS traces
FROM (
    SELECT unnest(problems) AS problem, coalesce(nullif(source_format, ''), '(not given)') AS source_format, trace_id
    FROM span_rows
    WHERE len(problems) > 0
)
GROUP BY problem, source_format
ORDER BY spans DESC, problem, source_format
