-- What did judges say of the traffic of a window? In one answer, so that all of it is of one moment: a row per trace, in
-- the order of their ids, then a row per judge and score name with lists: `places` of the traces it scored (the first
-- trace is 0), what was said of each and when, maybe several times. Traces of judges at work are no traffic.
WITH answers AS (
    SELECT trace_id, arg_max(tok_out, {'at': start_ts, 'id': span_id}) AS answer_tokens
    FROM span_rows WHERE kind = 'llm' AND tok_out > 0 AND start_ts >= make_timestamp_ns($since_ns)
    GROUP BY trace_id
), units AS MATERIALIZED (
    SELECT (row_number() OVER (ORDER BY traces.trace_id) - 1)::INTEGER AS place, traces.trace_id AS item,
           traces.start_ts AS start_ts, coalesce(nullif(traces.session_id, ''), traces.trace_id) AS cluster,
           coalesce(traces.app, '') AS app, coalesce(traces.app_version, '') AS app_version,
           coalesce(traces.model, '') AS model, coalesce(traces.prompt_version, '') AS prompt,
           coalesce(traces.retrieval_config, '') AS retrieval, coalesce(traces.tenant, '') AS tenant, answers.answer_tokens AS words
    FROM traces LEFT JOIN answers USING (trace_id)
    WHERE traces.trace_id NOT IN (
        SELECT t.trace_id FROM traces t JOIN span_rows s ON s.trace_id = t.trace_id AND s.span_id = t.root_span_id
        WHERE s.kind = 'evaluator'
    ) AND traces.start_ts >= make_timestamp_ns($since_ns) AND traces.start_ts < make_timestamp_ns($until_ns)
), given AS (
    SELECT place, coalesce(judge_name, '') AS judge_name, coalesce(judge_model, '') AS judge_model,
           coalesce(judge_version, '') AS judge_version, coalesce(name, '') AS name, value, label, bool,
           coalesce(epoch_ns(coalesce(updated_at, created_at)), 9223372036854775807) AS said_at, last_sequence
    FROM scores JOIN units ON units.item = scores.trace_id
    WHERE source = 'judge' AND target_level = 'trace' AND NOT coalesce(is_expectation, false)
)
SELECT 'trace' AS about, * FROM units
UNION ALL BY NAME
SELECT 'judge' AS about, judge_name, judge_model, judge_version, name, list(place) AS places,
       list(coalesce(value, 'nan'::DOUBLE)) AS numbers,
       CASE WHEN count(label) > 0 THEN list(coalesce(label, '')) END AS labels,
       CASE WHEN count(bool) > 0 THEN list(coalesce(bool::TINYINT, -1)) END AS answers,
       list(said_at) AS moments, list(last_sequence) AS sequences
FROM given GROUP BY judge_name, judge_model, judge_version, name
ORDER BY about DESC, place, judge_name, judge_model, judge_version, name
