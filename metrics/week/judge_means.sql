-- What did judges say of two weeks, on their own? One row per judge, score name and week: traces, mean and variance of its
-- latest word on each. A yes or no counts as 1 or 0.
WITH units AS (
    SELECT trace_id, start_ts >= make_timestamp_ns($since_ns) AS is_now FROM traces
    WHERE (start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns)
           OR start_ts >= make_timestamp_ns($before_since_ns) AND start_ts < make_timestamp_ns($before_until_ns))
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(app, ''), '(not given)')))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(nullif(environment, ''), '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0 OR list_contains($tenants::VARCHAR[], coalesce(nullif(tenant, ''), '(not given)')))
), latest AS (
    SELECT trace_id, any_value(is_now) AS is_now, coalesce(judge_name, '') AS judge_name,
           coalesce(judge_version, '') AS judge_version, coalesce(judge_model, '') AS judge_model, coalesce(name, '') AS name,
           arg_max(coalesce(value, bool::INTEGER), {'at': coalesce(updated_at, created_at), 'sequence': last_sequence}) AS said
    FROM scores JOIN units USING (trace_id)
    WHERE source = 'judge' AND target_level = 'trace' AND is_expectation IS NOT TRUE
    GROUP BY ALL
)
SELECT judge_name, judge_version, judge_model, name, is_now, count(said) AS traces, avg(said) AS mean,
       var_samp(said) AS variance, min(said) AS lowest, max(said) AS highest
FROM latest
GROUP BY ALL
HAVING count(said) > 0
ORDER BY name, judge_name, judge_version, judge_model, is_now
