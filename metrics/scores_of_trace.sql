-- Which scores were given to a trace, its spans or its session? One row per score, oldest first.
SELECT target_level, span_id, doc_id, name, value, label, bool, text, explanation, source, author,
       judge_name, judge_model, judge_version, is_expectation, created_at, review_seconds
FROM scores
WHERE trace_id = $trace_id OR (trace_id IS NULL AND session_id IS NOT NULL AND session_id = $session_id)
ORDER BY created_at NULLS LAST, name, id
