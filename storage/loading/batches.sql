-- What was new in these ingest batches? One row per batch and kind of thing. A span is of the batch it first came in.
WITH wanted AS (SELECT unnest($batches::VARCHAR[]) AS ingest_batch),
spans AS (SELECT trace_id, span_id, sequence, ingest_batch FROM span_rows SEMI JOIN wanted USING (ingest_batch))
SELECT 'spans' AS what, ingest_batch, count(*) AS new FROM spans GROUP BY ALL
UNION ALL
SELECT 'traces', ingest_batch, count(*) FROM spans SEMI JOIN traces t
    ON t.trace_id = spans.trace_id AND t.first_sequence = spans.sequence GROUP BY ALL
UNION ALL
SELECT 'documents', ingest_batch, count(*) FROM document_rows d JOIN spans USING (trace_id, span_id) GROUP BY ALL
UNION ALL
SELECT 'scores', ingest_batch, count(*) FROM scores SEMI JOIN wanted USING (ingest_batch) GROUP BY ALL;
