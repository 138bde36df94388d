-- What did users write in these conversations, and which topic was given to them? One row per conversation; the beginning
-- of each turn, placeholders of personal data left out; `words` are those of the first eight turns.
WITH asked AS (
    SELECT trace_id, coalesce(nullif(session_id, ''), trace_id) AS conversation_id, start_ts, first_sequence,
           trim(regexp_replace(coalesce(preview, ''), '<[A-Za-z_0-9]+>', ' ', 'g')) AS said
    FROM traces
    WHERE start_ts >= make_timestamp_ns($since_ns)
      AND coalesce(nullif(session_id, ''), trace_id) IN (SELECT unnest($conversations::VARCHAR[]))
), nth AS (
    SELECT *, row_number() OVER (PARTITION BY conversation_id ORDER BY start_ts, first_sequence) AS turn
    FROM asked WHERE regexp_matches(said, '\pL')
), worded AS (
    SELECT conversation_id, count(*) AS worded_turns, arg_min(said, turn) AS first_words, arg_max(said, turn) AS last_words,
           array_to_string(list(said ORDER BY turn) FILTER (turn <= 8), ' ') AS words
    FROM nth GROUP BY conversation_id
), tags AS (
    SELECT a.conversation_id, unnest(s.tags) AS tag
    FROM span_rows s JOIN asked a ON a.trace_id = s.trace_id
    WHERE len(s.tags) > 0 AND s.start_ts >= make_timestamp_ns($since_ns)
), given AS (
    SELECT a.conversation_id, s.label AS topic, 1 AS rank
    FROM scores s JOIN asked a ON a.trace_id = s.trace_id
    WHERE s.label <> '' AND list_contains($topic_scores::VARCHAR[], lower(s.name))
    UNION ALL
    SELECT s.session_id, s.label, 1 FROM scores s
    WHERE s.trace_id IS NULL AND s.label <> '' AND list_contains($topic_scores::VARCHAR[], lower(s.name))
      AND s.session_id IN (SELECT unnest($conversations::VARCHAR[]))
    UNION ALL
    SELECT conversation_id, trim(substr(tag, len(prefix) + 1)), 2
    FROM tags CROSS JOIN (SELECT unnest($topic_tags::VARCHAR[]) AS prefix)
    WHERE starts_with(lower(tag), prefix) AND len(tag) > len(prefix)
), topics AS (
    SELECT conversation_id, arg_min(topic, {'rank': rank, 'rows': -rows, 'topic': topic}) AS given_topic
    FROM (SELECT conversation_id, topic, min(rank) AS rank, count(*) AS rows FROM given GROUP BY conversation_id, topic)
    GROUP BY conversation_id
)
SELECT conversation_id, coalesce(worded_turns, 0) AS worded_turns, first_words, last_words, words, given_topic
FROM (SELECT DISTINCT conversation_id FROM asked) LEFT JOIN worded USING (conversation_id)
LEFT JOIN topics USING (conversation_id)
ORDER BY conversation_id
