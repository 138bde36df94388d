-- Which spans belong to judging rather than to the app? One row per span, its place in span_rows: evaluators and all
-- below them, as marked when they were loaded.
evaluation_spans AS (
    SELECT rowid AS home FROM span_rows WHERE is_evaluation
)
