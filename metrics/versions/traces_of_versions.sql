-- What did each trace of two versions take? One row per picked trace.
SELECT trace_id, conversation_id, is_b, tenant, start_ts, duration_ms, tok_in, tok_out, cost_usd, is_error FROM picked
ORDER BY trace_id
