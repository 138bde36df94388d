-- What did judges say of the traces of two windows? One row per trace and judge: its latest word on the whole trace; the
-- name is judge and score.
SELECT trim(concat_ws(' ', nullif(s.judge_name, ''), s.name)) AS name,
       arg_max(s.value::DOUBLE, {'at': coalesce(s.updated_at, s.created_at), 'sequence': s.last_sequence}) AS score,
       t.trace_id, coalesce(nullif(t.session_id, ''), t.trace_id) AS conversation,
       concat_ws(' ', nullif(s.judge_version, ''), nullif(s.judge_model, '')) AS version,
       t.start_ts >= make_timestamp_ns($since_ns) AND t.start_ts < make_timestamp_ns($until_ns) AS is_new
FROM scores s JOIN traces t ON t.trace_id = s.trace_id
WHERE s.source = 'judge' AND s.target_level = 'trace' AND s.value IS NOT NULL AND s.is_expectation IS NOT TRUE
  AND ((t.start_ts >= make_timestamp_ns($since_ns) AND t.start_ts < make_timestamp_ns($until_ns))
       OR (t.start_ts >= make_timestamp_ns($reference_since_ns)
           AND t.start_ts < make_timestamp_ns($reference_until_ns)))
GROUP BY ALL
ORDER BY name, t.trace_id, version
