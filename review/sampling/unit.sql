-- Is there such a unit, and which session does it belong to? One row when there is.
SELECT session_id FROM traces WHERE $unit = 'trace' AND trace_id = $target
UNION ALL
SELECT session_id FROM sessions WHERE $unit = 'session' AND session_id = $target
UNION ALL
SELECT t.session_id FROM document_rows d JOIN traces t USING (trace_id)
WHERE $unit = 'document' AND d.role = 'retrieved' AND d.trace_id || '/' || d.span_id || '/' || d.rank = $target
LIMIT 1
