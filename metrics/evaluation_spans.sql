-- Which spans belong to judging rather than to the app? One row per span: evaluators and all below them.
evaluation_spans AS (
    WITH RECURSIVE below AS (
        SELECT trace_id, span_id FROM span_rows WHERE kind = 'evaluator'
        UNION
        SELECT s.trace_id, s.span_id
        FROM below b JOIN span_rows s ON s.trace_id = b.trace_id AND s.parent_span_id = b.span_id
        WHERE s.trace_id IN (SELECT trace_id FROM span_rows WHERE kind = 'evaluator')
    )
    SELECT trace_id, span_id, true AS is_evaluation FROM below
)
