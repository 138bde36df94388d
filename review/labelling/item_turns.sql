-- Which turns has a session, up to one of its traces (or all)? One row per trace, newest first, with its number from 1.
-- Traces that a judge made of its own work are no turns.
WITH turns AS (
    SELECT t.trace_id, t.root_span_id, row_number() OVER (ORDER BY t.start_ts, t.first_sequence) AS turn
    FROM traces t
    WHERE t.session_id = $session_id
      AND t.trace_id NOT IN (SELECT judge_trace_id FROM scores WHERE judge_trace_id <> coalesce(trace_id, ''))
      AND NOT EXISTS (SELECT 1 FROM span_rows s WHERE s.trace_id = t.trace_id AND s.span_id = t.root_span_id
                        AND s.kind = 'evaluator' AND s.start_ts >= t.first_span_ts AND s.start_ts <= t.last_span_ts)
)
SELECT trace_id, root_span_id, turn, (SELECT count(*) FROM turns) AS turns
FROM turns
WHERE $trace_id IS NULL OR turn <= (SELECT turn FROM turns WHERE trace_id = $trace_id)
ORDER BY turn DESC
LIMIT $rows
