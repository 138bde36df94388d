-- What do the spans of `hour_spans` add up to, by the values of $dimension? One row per hour, app, step, purpose and
-- value. `buckets` says how many spans took about 1.02 ** (bucket + 0.5) ns, which is at most 0.995 % off; bucket -1 is a
-- duration of 0. Unlike the percentiles beside them, which are exact, buckets add up.
keyed AS (
    SELECT *, CASE $dimension WHEN 'tenant' THEN tenant
                              WHEN 'model' THEN model
                              WHEN 'prompt_version' THEN prompt_version
                              WHEN 'retrieval_config' THEN retrieval_config
                              WHEN 'app_version' THEN app_version
                              WHEN 'environment' THEN environment ELSE '' END AS value
    FROM hour_spans
), counted AS (
    SELECT hour_ts, app, step, purpose, value,
           count(*) AS spans,
           count(*) FILTER (status <> 'running') AS ended_spans,
           count(*) FILTER (status = 'error') AS error_spans,
           count(*) FILTER (status = 'running') AS running_spans,
           count(timed_ns) AS timed_spans,
           count(*) FILTER (time_source <> 'client') AS receipt_spans,
           count(*) FILTER (is_unended) AS unended_spans,
           count(self_ns) AS spans_with_self,
           sum(self_ns) AS self_ns,
           sum(critical_ns) AS critical_ns,
           sum(timed_ns) AS duration_ns,
           max(timed_ns) AS longest_ns,
           quantile_cont(timed_ns, [0.50, 0.95, 0.99]) AS percentiles_ns,
           sum(tok_in) FILTER (counts) AS tok_in,
           sum(tok_out) FILTER (counts) AS tok_out,
           sum(tok_cache_read) FILTER (counts) AS tok_cache_read,
           sum(tok_reasoning) FILTER (counts) AS tok_reasoning,
           count(tok_in) FILTER (counts) AS spans_with_tok_in,
           count(tok_out) FILTER (counts) AS spans_with_tok_out,
           count(*) FILTER (counts AND (tok_in IS NOT NULL OR tok_out IS NOT NULL)) AS spans_with_tokens,
           count(*) FILTER (counts AND kind = 'llm' AND tok_in IS NULL AND tok_out IS NULL) AS calls_without_tokens,
           sum(cost_total) FILTER (counts) AS cost_total,
           count(cost_total) FILTER (counts) AS priced_spans,
           count(*) FILTER (counts AND cost_total IS NULL AND (cost_missing IS NOT NULL OR kind = 'llm'))
               AS unpriced_spans
    FROM keyed GROUP BY ALL
), bucketed AS (
    SELECT hour_ts, app, step, purpose, value, bucket, count(*) AS spans
    FROM (SELECT *, CASE WHEN timed_ns < 1 THEN -1 ELSE floor(ln(timed_ns) / ln(1.02)) END::SMALLINT AS bucket FROM keyed
          WHERE timed_ns IS NOT NULL)
    GROUP BY ALL
), listed AS (
    SELECT hour_ts, app, step, purpose, value, list_sort(list({'bucket': bucket, 'spans': spans})) AS buckets
    FROM bucketed GROUP BY ALL
), of_dimension AS (
    SELECT $dimension AS dimension, counted.*, listed.buckets
    FROM counted LEFT JOIN listed USING (hour_ts, app, step, purpose, value)
)
