-- How long did answers take in two weeks? One row per week and combination of versions: its traces, and those slower than
-- the slowest twentieth of both weeks together (slow), with the sums over conversations that their error is made from;
-- beside them the 95th percentile of the whole week, with its interval (no upper end where too few lie above it).
-- Traces of judges at work are no answers.
WITH judging AS (
    SELECT t.trace_id FROM traces t JOIN span_rows s ON s.trace_id = t.trace_id AND s.span_id = t.root_span_id
    WHERE s.kind = 'evaluator'
), timed AS (
    SELECT start_ts >= make_timestamp_ns($since_ns) AS is_now, duration_ns,
           coalesce(nullif(session_id, ''), trace_id) AS conversation,
           coalesce(nullif(app, ''), '(not given)') AS app, coalesce(nullif(app_version, ''), '(not given)') AS app_version,
           coalesce(nullif(model, ''), '(not given)') AS model,
           coalesce(nullif(prompt_version, ''), '(not given)') AS prompt_version,
           coalesce(nullif(retrieval_config, ''), '(not given)') AS retrieval_config
    FROM traces
    WHERE time_source = 'client' AND duration_ns IS NOT NULL
      AND (start_ts >= make_timestamp_ns($since_ns) AND start_ts < make_timestamp_ns($until_ns)
           OR start_ts >= make_timestamp_ns($before_since_ns) AND start_ts < make_timestamp_ns($before_until_ns))
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], coalesce(nullif(app, ''), '(not given)')))
      AND (len($environments::VARCHAR[]) = 0
           OR list_contains($environments::VARCHAR[], coalesce(nullif(environment, ''), '(not given)')))
      AND (len($tenants::VARCHAR[]) = 0
           OR list_contains($tenants::VARCHAR[], coalesce(nullif(tenant, ''), '(not given)')))
      AND trace_id NOT IN (FROM judging)
), per_conversation AS (
    SELECT is_now, app, app_version, model, prompt_version, retrieval_config, conversation, count(*) AS t,
           count(*) FILTER (duration_ns > (SELECT quantile_cont(duration_ns, 0.95) FROM timed)) AS y
    FROM timed
    GROUP BY is_now, app, app_version, model, prompt_version, retrieval_config, conversation
), cells AS (
    SELECT is_now, app, app_version, model, prompt_version, retrieval_config, sum(t)::BIGINT AS traces,
           sum(y)::BIGINT AS slow, count(*) AS conversations, sum(y * y)::DOUBLE AS yy, sum(y * t)::DOUBLE AS yt,
           sum(t * t)::DOUBLE AS tt
    FROM per_conversation
    GROUP BY is_now, app, app_version, model, prompt_version, retrieval_config
), doubt AS (  -- how many times the variance of as many traces on their own
    SELECT is_now, sum(traces)::BIGINT AS n, sum(slow) / n AS share,
           greatest(1, coalesce((sum(yy) - 2 * share * sum(yt) + share * share * sum(tt)) / nullif(n * share * (1 - share), 0), 1))
               AS times
    FROM cells GROUP BY is_now
), ordered AS (
    SELECT is_now, quantile_cont(duration_ns, 0.95) / 1e6 AS p95_ms, list(duration_ns ORDER BY duration_ns) AS listed
    FROM timed GROUP BY is_now
), week AS (  -- the interval lies between two ranks
    SELECT is_now, p95_ms, 1.96 * sqrt(n * 0.95 * 0.05 * times) AS ranks,
           listed[greatest(1, floor(n * 0.95 - ranks)::BIGINT)] / 1e6 AS low_ms,
           CASE WHEN ceil(n * 0.95 + ranks) <= n
                THEN listed[least(n, ceil(n * 0.95 + ranks)::BIGINT + 1)] / 1e6 END AS high_ms
    FROM ordered JOIN doubt USING (is_now)
)
SELECT cells.*, p95_ms, low_ms, high_ms
FROM cells JOIN week USING (is_now)
ORDER BY ALL
