-- Which traces are on one page of the list? One row per trace, in the order asked for.
, ranked AS (
    SELECT trace_id, start_ts,
           CASE $sort WHEN 'oldest' THEN -epoch_ns(start_ts)
                      WHEN 'slowest' THEN CASE WHEN time_source = 'client' THEN duration_ns END
                      WHEN 'dearest' THEN cost_total
                      WHEN 'most errors' THEN error_spans
                      WHEN 'most spans' THEN spans END::DECIMAL(38, 10) AS rank
    FROM kept
), top AS (  -- few columns are ordered, then those of the page alone are read
    SELECT trace_id, row_number() OVER (ORDER BY rank DESC NULLS LAST, start_ts DESC, trace_id) AS place
    FROM (FROM ranked ORDER BY rank DESC NULLS LAST, start_ts DESC, trace_id LIMIT $rows OFFSET $first)
), page AS (
    SELECT * FROM traces JOIN top USING (trace_id)
), given AS (
    SELECT trace_id,
           string_agg(name || ' ' || coalesce(label, CASE WHEN value IS NULL THEN coalesce(bool::VARCHAR, '')
                                                          ELSE format('{:.3g}', value) END), ', ' ORDER BY name) AS scores
    FROM scores
    WHERE trace_id IN (SELECT trace_id FROM page) AND is_expectation IS NOT TRUE AND coalesce(text, '') = ''
    GROUP BY trace_id
)
SELECT page.trace_id, preview, name, app, environment, model, prompt_version, tenant, session_id, start_ts, time_source,
       CASE WHEN time_source = 'client' THEN duration_ns / 1e6 END AS duration_ms,
       spans, llm_calls, tool_calls, cost_total::DOUBLE AS cost_usd, priced_spans, unpriced_spans,
       coalesce(tok_in, 0) + coalesce(tok_out, 0) AS tokens,
       status, is_complete, error_spans, problems, scores
FROM page LEFT JOIN given USING (trace_id)
ORDER BY place
