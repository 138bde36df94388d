-- Which traces took or cost most? One row per trace above the limit, the largest first.
SELECT trace_id, max(amount) AS amount FROM units WHERE amount > $limit GROUP BY trace_id
ORDER BY amount DESC, trace_id LIMIT 10
