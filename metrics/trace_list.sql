-- Which traces are on one page of the list? One row per trace, in the order asked for.
, page AS (
    SELECT row_number() OVER (ORDER BY
               CASE WHEN $sort = 'oldest' THEN start_ts END ASC NULLS LAST,
               CASE WHEN $sort = 'slowest' AND time_source = 'client' THEN duration_ns END DESC NULLS LAST,
               CASE WHEN $sort = 'dearest' THEN cost_total END DESC NULLS LAST,
               CASE WHEN $sort = 'most errors' THEN error_spans END DESC NULLS LAST,
               CASE WHEN $sort = 'most spans' THEN spans END DESC NULLS LAST,
               start_ts DESC, trace_id) AS place, *
    FROM kept
    ORDER BY place
    LIMIT $rows OFFSET $first
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
