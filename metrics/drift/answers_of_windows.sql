-- What was answered in two windows: the first words of each trace's answer, from the lake; a part of the sessions if many.
WITH asked AS (
    SELECT trace_id, root_span_id, coalesce(nullif(session_id, ''), trace_id) AS conversation, start_ts,
           start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns) AS is_new
    FROM traces
    WHERE ((start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns))
           OR (start_ts >= make_timestamp_ns($reference_since_ns) AND start_ts < make_timestamp_ns($reference_until_ns)))
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(app, ''), '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0
           OR list_contains($tenants::VARCHAR[], coalesce(nullif(tenant, ''), '(not given)')))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(nullif(environment, ''), '(not given)')))
)
SELECT a.trace_id, a.conversation, left(s.output_text, 600) AS preview, a.is_new
FROM asked a JOIN spans s ON s.trace_id = a.trace_id AND s.span_id = a.root_span_id
WHERE s.output_text <> ''
  AND s.start_ts >= make_timestamp_ns(least($since_ns, $reference_since_ns))
  AND s.start_ts < make_timestamp_ns(greatest($until_ns, $reference_until_ns))
  AND hash(a.conversation) % 1_000_000 < 1_000_000 * least(1, $most_texts / (SELECT greatest(count(*), 1) FROM asked))
ORDER BY a.start_ts, a.trace_id
