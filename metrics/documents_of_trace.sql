-- Which documents did a trace retrieve? One row per document, by span and rank.
SELECT *
FROM document_rows
WHERE trace_id = $trace_id
ORDER BY span_id, role, rank
