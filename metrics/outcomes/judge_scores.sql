-- What did judges say of the conversations of a window? One row per judge, score name and conversation: the number and sum
-- of its latest word on each trace; a yes or no counts as 1 or 0.
WITH latest AS (
    SELECT coalesce(nullif(t.session_id, ''), t.trace_id) AS conversation_id, coalesce(s.judge_name, '') AS judge,
           coalesce(s.judge_version, '') AS judge_version, coalesce(s.judge_model, '') AS judge_model, s.name AS score,
           arg_max(coalesce(s.value, s.bool::INTEGER),
                   {'at': coalesce(s.updated_at, s.created_at), 'sequence': s.last_sequence}) AS said
    FROM scores s JOIN traces t ON t.trace_id = s.trace_id
    WHERE s.source = 'judge' AND s.target_level = 'trace' AND s.is_expectation IS NOT TRUE
      AND t.start_ts >= make_timestamp_ns($since_ns)
    GROUP BY 1, 2, 3, 4, 5, s.trace_id
)
SELECT conversation_id, judge, judge_version, judge_model, score, count(said) AS scored, sum(said) AS total
FROM latest
GROUP BY ALL
HAVING count(said) > 0
ORDER BY score, judge, judge_version, judge_model, conversation_id
