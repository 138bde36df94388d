-- How much traffic do two versions have? One row: traces and conversations of each, of both, and when each was seen.
SELECT count(*) FILTER (is_a AND is_b) AS traces_of_both, count(DISTINCT conversation_id) FILTER (is_mixed) AS mixed,
       count(*) FILTER (is_a) AS traces_a, count(*) FILTER (is_b) AS traces_b,
       count(DISTINCT conversation_id) FILTER (is_a) AS conversations_a,
       count(DISTINCT conversation_id) FILTER (is_b) AS conversations_b,
       min(start_ts) FILTER (is_a) AS first_a, max(start_ts) FILTER (is_a) AS last_a,
       min(start_ts) FILTER (is_b) AS first_b, max(start_ts) FILTER (is_b) AS last_b
FROM counted
