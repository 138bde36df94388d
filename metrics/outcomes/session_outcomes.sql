-- How did each conversation end? One row per conversation that began in the window; a trace without a session is one.
WITH judging AS (
    SELECT t.trace_id FROM traces t JOIN span_rows s ON s.trace_id = t.trace_id AND s.span_id = t.root_span_id
    WHERE s.kind = 'evaluator'
), of_apps AS (
    SELECT *, coalesce(nullif(session_id, ''), trace_id) AS conversation_id
    FROM traces
    WHERE trace_id NOT IN (SELECT trace_id FROM judging)
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(app, ''), '(not given)')))
      AND NOT list_contains($other_apps::VARCHAR[], coalesce(nullif(app, ''), '(not given)'))
), began AS (  -- the conversations of the window, before anything is worked out of them
    SELECT conversation_id FROM of_apps
    GROUP BY conversation_id
    HAVING min(start_ts) >= make_timestamp_ns($since_ns) AND min(start_ts) < make_timestamp_ns($until_ns)
), turns AS (
    SELECT *, row_number() OVER (PARTITION BY conversation_id ORDER BY start_ts, first_sequence) AS turn,
           list_sort(list_distinct(regexp_extract_all(regexp_replace(lower(preview), '<[a-z_0-9]+>', '', 'g'),
                                                      '[\pL\pN]+'))) AS said
    FROM of_apps SEMI JOIN began USING (conversation_id)
), names AS (
    SELECT DISTINCT tool_name, step FROM span_rows
), handing AS (
    SELECT tool_name, step FROM names
    WHERE len(list_filter($handed_over::VARCHAR[],
                          lambda name: lower(coalesce(tool_name, '')) GLOB name OR lower(step) GLOB name)) > 0
), handed AS (
    SELECT DISTINCT trace_id FROM span_rows s
    WHERE EXISTS (FROM handing h WHERE h.step = s.step AND h.tool_name IS NOT DISTINCT FROM s.tool_name)
), alike AS (  -- words are distinct: those of either are the sum less those of both; unlike lengths are ruled out
    SELECT a.conversation_id, len(a.said) + len(b.said) AS both_said, len(list_intersect(a.said, b.said)) AS shared
    FROM turns a JOIN turns b ON a.conversation_id = b.conversation_id AND a.turn < b.turn
    WHERE len(a.said) > 1 AND len(b.said) > 1
      AND least(len(a.said), len(b.said)) >= $same_question * greatest(len(a.said), len(b.said))
), repeats AS (
    SELECT DISTINCT conversation_id FROM alike WHERE shared >= $same_question * (both_said - shared)
), judged AS (
    SELECT t.conversation_id, s.source, s.value >= $solved_from AS is_solved,
           {'is_told': s.source <> 'judge', 'turn': coalesce(t.turn, 0), 'at': coalesce(s.updated_at, s.created_at),
            'sequence': s.last_sequence} AS nth
    FROM scores s JOIN turns t ON t.trace_id = s.trace_id
    WHERE s.target_level IN ('trace', 'session') AND s.value IS NOT NULL
      AND list_contains($solved_scores::VARCHAR[], lower(s.name))
    UNION ALL
    SELECT t.conversation_id, s.source, s.value >= $solved_from,
           {'is_told': s.source <> 'judge', 'turn': 1_000_000_000, 'at': coalesce(s.updated_at, s.created_at),
            'sequence': s.last_sequence}
    FROM scores s JOIN (SELECT DISTINCT conversation_id FROM turns) t ON t.conversation_id = s.session_id
    WHERE s.target_level = 'session' AND s.trace_id IS NULL AND s.value IS NOT NULL
      AND list_contains($solved_scores::VARCHAR[], lower(s.name))
), solved AS (
    SELECT conversation_id, arg_max(is_solved, nth) AS is_solved, arg_max(source, nth) AS solved_by
    FROM judged GROUP BY conversation_id
), thumbs AS (
    SELECT t.conversation_id, count(*) FILTER (s.value >= $thumbs_up_from) AS thumbs_up,
           count(*) FILTER (s.value < $thumbs_up_from) AS thumbs_down
    FROM scores s JOIN turns t ON t.trace_id = s.trace_id
    WHERE s.source = 'user' AND s.value <= $thumbs_highest
      AND len(list_filter($thumbs::VARCHAR[], lambda name: lower(s.name) GLOB name)) > 0
    GROUP BY t.conversation_id
), later AS (  -- marks as spaces, one between words: as `rules.plain` makes them; translate costs a tenth of a pattern
    SELECT conversation_id,
           ' ' || replace(replace(translate(lower(preview), '’,.;:!?()–—"-' || chr(9) || chr(10), '''               '),
                                  '  ', ' '), '  ', ' ') || ' ' AS plain
    FROM turns WHERE turn > 1
), set_right AS (
    SELECT conversation_id FROM later
    WHERE len(list_filter($corrected::VARCHAR[], lambda words: contains(plain, words))) > 0
    UNION
    SELECT t.conversation_id FROM scores s JOIN turns t ON t.trace_id = s.trace_id
    WHERE s.source = 'user' AND s.data_type = 'correction'
), told AS (
    SELECT conversation_id,
           arg_max(coalesce(nullif(app, ''), '(not given)'), turn) AS app,
           arg_max(coalesce(nullif(app_version, ''), '(not given)'), turn) AS app_version,
           arg_max(coalesce(nullif(model, ''), '(not given)'), turn) AS model,
           arg_max(coalesce(nullif(prompt_version, ''), '(not given)'), turn) AS prompt_version,
           arg_max(coalesce(nullif(retrieval_config, ''), '(not given)'), turn) AS retrieval_config,
           arg_max(coalesce(nullif(tenant, ''), '(not given)'), turn) AS tenant,
           arg_max(coalesce(nullif(environment, ''), '(not given)'), turn) AS environment,
           any_value(session_id) AS session_id, arg_min(trace_id, turn) AS first_trace, min(start_ts) AS start_ts,
           count(*) AS turns,
           min(turn) FILTER (h.trace_id IS NOT NULL) AS handed_over_turn,
           min(turn) FILTER (len(list_filter($asked_for_a_person::VARCHAR[],
                                             lambda words: contains(lower(preview), words))) > 0) AS asked_turn,
           arg_max(status = 'error' OR NOT is_complete, turn) AS ended_badly, arg_max(time_source, turn) AS time_source,
           max(coalesce(end_ts, start_ts)) AS last_ts
    FROM turns LEFT JOIN handed h USING (trace_id)
    GROUP BY conversation_id
)
SELECT told.* EXCLUDE (last_ts, time_source, handed_over_turn, asked_turn, ended_badly),
       time_source = 'client'  -- a time of receipt says nothing about silence
           AND (SELECT epoch_ns(max(last_span_ts)) FROM traces) - epoch_ns(last_ts) < $over_after_ns AS is_open,
       least(handed_over_turn, asked_turn) AS human_turn,
       least(handed_over_turn, asked_turn) IS NOT NULL AS is_escalated,
       ended_badly AND least(handed_over_turn, asked_turn) IS NULL AS is_abandoned,
       least(handed_over_turn, asked_turn) IS NULL AND NOT ended_badly AS is_contained,
       r.conversation_id IS NOT NULL AS is_repeated, c.conversation_id IS NOT NULL AS is_corrected,
       is_solved, solved_by, coalesce(thumbs_up, 0) AS thumbs_up, coalesce(thumbs_down, 0) AS thumbs_down
FROM told LEFT JOIN repeats r USING (conversation_id) LEFT JOIN set_right c USING (conversation_id)
LEFT JOIN solved USING (conversation_id) LEFT JOIN thumbs USING (conversation_id)
ORDER BY start_ts, conversation_id
