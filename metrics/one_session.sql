-- What is known of one session? One row, or none.
SELECT *, cost_total::DOUBLE AS cost_usd, (epoch_ns(end_ts) - epoch_ns(start_ts)) / 1e6 AS duration_ms
FROM sessions
WHERE session_id = $session_id
