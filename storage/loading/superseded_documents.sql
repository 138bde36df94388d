-- Which documents came with an arrival that a later one with documents replaces? They go.
DELETE FROM document_rows WHERE rowid IN (
    WITH there AS (
        SELECT d.rowid AS home, d.trace_id, d.span_id, coalesce(a.place, -1) AS place
        FROM document_rows d
        SEMI JOIN contested c ON c.trace_id = d.trace_id AND c.span_id = d.span_id
        LEFT JOIN arrivals a ON a.sequence = d.sequence AND a.trace_id = d.trace_id AND a.span_id = d.span_id
    )
    SELECT home FROM there
    QUALIFY place < max(place) OVER (PARTITION BY trace_id, span_id)
);
