-- Which units could be drawn in a window, and where do they belong? One row per combination of the columns that strata
-- are made of, with its units and what judges said of them. The last arrivals are those that the snapshot holds.
WITH judging AS (
    SELECT t.trace_id FROM traces t JOIN span_rows s ON s.trace_id = t.trace_id AND s.span_id = t.root_span_id
    WHERE s.kind = 'evaluator'
), handed_over AS (
    SELECT DISTINCT trace_id FROM span_rows
    WHERE list_contains($handover::VARCHAR[], lower(tool_name)) OR list_contains($handover::VARCHAR[], lower(step))
), flagged AS (  -- judges quote what they judge
    SELECT DISTINCT trace_id FROM span_rows WHERE injection_flag AND is_evaluation IS NOT TRUE
), banded AS (
    SELECT trace_id, arg_max(value, {'at': coalesce(updated_at, created_at), 'sequence': last_sequence}) AS score
    FROM scores
    WHERE source = 'judge' AND target_level = 'trace' AND judge_name = $judge AND name = $score AND value IS NOT NULL
    GROUP BY trace_id
), judged AS (
    SELECT trace_id, round(avg(value), 9) AS score FROM scores
    WHERE source = 'judge' AND target_level = 'trace' AND name = $criterion AND value IS NOT NULL
    GROUP BY trace_id
), told AS (
    SELECT t.*, handed_over.trace_id IS NOT NULL AS is_escalated,
           flagged.trace_id IS NOT NULL AS is_flagged, banded.score AS band_score, judged.score AS judged
    FROM traces t LEFT JOIN handed_over USING (trace_id) LEFT JOIN flagged USING (trace_id)
    LEFT JOIN banded USING (trace_id)
    LEFT JOIN judged USING (trace_id)
    WHERE t.trace_id NOT IN (SELECT trace_id FROM judging)
), units AS (
    SELECT trace_id AS target, session_id, start_ts, app, environment, tenant, model, prompt_version, retrieval_config,
           status = 'error' AS is_error, is_escalated, is_flagged, tok_out, band_score, judged
    FROM told WHERE $unit = 'trace'
    UNION ALL
    SELECT session_id, session_id, min(start_ts), arg_min(app, nth), arg_min(environment, nth), arg_min(tenant, nth),
           arg_max(model, nth), arg_max(prompt_version, nth), arg_max(retrieval_config, nth),
           bool_or(status = 'error'), bool_or(is_escalated), bool_or(is_flagged), sum(tok_out)::BIGINT, round(avg(band_score), 9),
           avg(judged)
    FROM (SELECT *, {'at': start_ts, 'sequence': first_sequence, 'id': trace_id} AS nth FROM told)
    WHERE $unit = 'session' AND session_id <> '' GROUP BY session_id
    UNION ALL
    SELECT DISTINCT trace_id || '/' || span_id || '/' || rank, session_id, start_ts, app, environment, tenant, model,
           prompt_version, retrieval_config, status = 'error', is_escalated, is_flagged, tok_out, band_score, judged
    FROM document_rows JOIN told USING (trace_id) WHERE $unit = 'document' AND role = 'retrieved'
)
SELECT coalesce(nullif(app, ''), '(not given)') AS app,
       coalesce(nullif(environment, ''), '(not given)') AS environment,
       coalesce(nullif(tenant, ''), '(not given)') AS tenant,
       coalesce(nullif(model, ''), '(not given)') AS model,
       coalesce(nullif(prompt_version, ''), '(not given)') AS prompt_version,
       coalesce(nullif(retrieval_config, ''), '(not given)') AS retrieval_config,
       CASE WHEN is_error THEN 'yes' ELSE 'no' END AS error,
       CASE WHEN is_escalated THEN 'yes' ELSE 'no' END AS escalated,
       CASE WHEN is_flagged THEN 'yes' ELSE 'no' END AS injection_flag,
       CASE WHEN tok_out IS NOT NULL
            THEN len(list_filter($length_cuts::DOUBLE[], lambda cut: tok_out >= cut)) END AS length,
       CASE WHEN band_score IS NOT NULL
            THEN len(list_filter($judge_cuts::DOUBLE[], lambda cut: band_score >= cut)) END AS judge_score,
       list(target ORDER BY target) AS targets,
       list(session_id ORDER BY target) AS sessions,
       count(units.judged) AS judged,
       sum(units.judged) AS judge_sum,
       sum(units.judged * units.judged) AS judge_squares,
       (SELECT max(last_sequence) FROM traces) AS frame_sequence,
       (SELECT max(last_sequence) FROM scores) AS scores_sequence
FROM units
WHERE start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns)
  AND ($only::VARCHAR[] IS NULL OR target IN (SELECT unnest($only::VARCHAR[])))
GROUP BY ALL
ORDER BY ALL
