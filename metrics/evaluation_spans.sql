-- Which spans belong to judging rather than to the app? One row per span, its place in span_rows: evaluators and all
-- below them. Only traces that hold an evaluator are looked at: where there is none, as in most, nothing is joined.
judged AS MATERIALIZED (
    SELECT rowid AS home, trace_id, span_id, parent_span_id, kind FROM span_rows
    WHERE trace_id IN (SELECT trace_id FROM span_rows WHERE kind = 'evaluator')
),
evaluation_spans AS (
    WITH RECURSIVE below AS (
        SELECT home, trace_id, span_id FROM judged WHERE kind = 'evaluator'
        UNION
        SELECT s.home, s.trace_id, s.span_id
        FROM below b JOIN judged s ON s.trace_id = b.trace_id AND s.parent_span_id = b.span_id
    )
    SELECT home FROM below
)
