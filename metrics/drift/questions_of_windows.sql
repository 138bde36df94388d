-- What users asked in two windows: the first words of each trace.
SELECT trace_id, coalesce(nullif(session_id, ''), trace_id) AS conversation, preview,
       start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns) AS is_new
FROM traces
WHERE preview <> ''
  AND ((start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns))
       OR (start_ts >= make_timestamp_ns($reference_since_ns) AND start_ts < make_timestamp_ns($reference_until_ns)))
  AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(app, ''), '(not given)')))
  AND (len($tenants::VARCHAR[]) = 0
       OR list_contains($tenants::VARCHAR[], coalesce(nullif(tenant, ''), '(not given)')))
  AND (len($environments::VARCHAR[]) = 0
       OR list_contains($environments::VARCHAR[], coalesce(nullif(environment, ''), '(not given)')))
  AND hash(coalesce(nullif(session_id, ''), trace_id)) % 1_000_000
      < 1_000_000 * least(1, $most_texts / (SELECT greatest(count(*), 1) FROM traces
                                            WHERE start_ts >= make_timestamp_ns($reference_since_ns)))
ORDER BY start_ts, trace_id
