-- What did judges say of the traffic of a window? One row per trace, judge and score name: the latest judgement; a trace
-- that no judge scored has one row without a judge. Traces of judges at work are no traffic.
WITH answers AS (
    SELECT trace_id, arg_max(tok_out, {'at': start_ts, 'id': span_id}) AS answer_tokens
    FROM span_rows WHERE kind = 'llm' AND tok_out > 0 AND start_ts >= make_timestamp_ns($since_ns)
    GROUP BY trace_id
), given AS (
    SELECT trace_id, coalesce(judge_name, '') AS judge_name, coalesce(judge_model, '') AS judge_model,
           coalesce(judge_version, '') AS judge_version, coalesce(name, '') AS name,
           arg_max({'value': value, 'label': label, 'bool': bool},
                   {'at': coalesce(updated_at, created_at), 'sequence': last_sequence}) AS said
    FROM scores WHERE source = 'judge' AND target_level = 'trace' AND NOT coalesce(is_expectation, false)
    GROUP BY ALL
)
SELECT traces.trace_id AS item, judge_name, judge_model, judge_version, given.name AS name,
       said.value AS value, said.label AS label, said.bool AS yes,
       traces.start_ts AS start_ts, coalesce(nullif(traces.session_id, ''), traces.trace_id) AS cluster,
       coalesce(traces.app, '') AS app, coalesce(traces.app_version, '') AS app_version,
       coalesce(traces.model, '') AS model, coalesce(traces.prompt_version, '') AS prompt,
       coalesce(traces.retrieval_config, '') AS retrieval, answers.answer_tokens AS words
FROM traces LEFT JOIN given USING (trace_id) LEFT JOIN answers USING (trace_id)
WHERE traces.trace_id NOT IN (
    SELECT t.trace_id FROM traces t JOIN span_rows s ON s.trace_id = t.trace_id AND s.span_id = t.root_span_id
    WHERE s.kind = 'evaluator'
) AND traces.start_ts >= make_timestamp_ns($since_ns) AND traces.start_ts < make_timestamp_ns($until_ns)
ORDER BY item, judge_name, judge_model, judge_version, name
