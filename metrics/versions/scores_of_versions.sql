-- What did judges say of the traces of two versions? One row per trace, judge and score: its latest word, yes as 1.
SELECT p.trace_id, p.conversation_id, p.is_b, s.name AS score,
       concat_ws(' ', coalesce(nullif(s.judge_name, ''), 'unnamed judge'), nullif(s.judge_version, ''),
                 nullif(s.judge_model, '')) AS judge,
       arg_max(coalesce(s.value, s.bool::INTEGER),
               {'at': coalesce(s.updated_at, s.created_at), 'sequence': s.last_sequence})::DOUBLE AS said
FROM scores s JOIN picked p ON p.trace_id = s.trace_id
WHERE s.source = 'judge' AND s.target_level = 'trace' AND s.is_expectation IS NOT TRUE
GROUP BY ALL
HAVING said IS NOT NULL
ORDER BY score, judge, trace_id
