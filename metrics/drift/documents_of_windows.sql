-- The documents that were retrieved in two windows: how old they were, and their score; a part of the sessions if many.
WITH asked AS (
    SELECT d.trace_id, d.span_id, d.doc_id, d.rank, d.score, coalesce(nullif(t.session_id, ''), t.trace_id) AS conversation,
           date_diff('second', d.last_updated, s.start_ts::TIMESTAMP) / 86_400.0 AS age_days
    FROM document_rows d
    JOIN span_rows s ON s.trace_id = d.trace_id AND s.span_id = d.span_id
    JOIN traces t ON t.trace_id = d.trace_id
    WHERE d.role = 'retrieved'
      AND ((s.start_ts >= make_timestamp_ns($since_ns) AND s.start_ts < make_timestamp_ns($until_ns))
           OR (s.start_ts >= make_timestamp_ns($reference_since_ns)
               AND s.start_ts < make_timestamp_ns($reference_until_ns)))
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(t.app, ''), '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0
           OR list_contains($tenants::VARCHAR[], coalesce(nullif(t.tenant, ''), '(not given)')))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(nullif(t.environment, ''), '(not given)')))
)
SELECT trace_id, span_id, doc_id, rank, score, age_days FROM asked
WHERE hash(conversation) % 1_000_000
      < 1_000_000 * least(1, $most_documents / (SELECT greatest(count(*), 1) FROM asked))
