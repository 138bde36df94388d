-- How long do spans take, from hourly figures? One row per bucket and what is grouped by. What rests on one hour alone
-- has its percentiles as they were counted; of the others come the spans of each bucket of durations, to read them off.
, grouped AS (
    SELECT bucket_start, by_step, by_app, by_purpose, by_value,
           row_number() OVER () AS place, count(*) FILTER (timed_spans > 0) AS hours, any_value(percentiles_ns) AS percentiles_ns,
           sum(timed_spans)::BIGINT AS timed_spans, sum(receipt_spans)::BIGINT AS receipt_spans,
           sum(unended_spans)::BIGINT AS unended_spans, sum(duration_ns)::DOUBLE AS duration_ns,
           max(longest_ns) AS longest_ns
    FROM kept
    GROUP BY ALL
), parts AS (
    SELECT g.place, unnest(k.buckets) AS told
    FROM kept k JOIN grouped g
      ON g.hours > 1 AND g.bucket_start = k.bucket_start AND g.by_step IS NOT DISTINCT FROM k.by_step
     AND g.by_app IS NOT DISTINCT FROM k.by_app AND g.by_purpose IS NOT DISTINCT FROM k.by_purpose
     AND g.by_value IS NOT DISTINCT FROM k.by_value
), added AS (
    SELECT place, told.bucket AS bucket, sum(told.spans)::BIGINT AS spans FROM parts GROUP BY place, told.bucket
), gathered AS (
    SELECT place, list(bucket) AS buckets, list(spans) AS bucket_spans FROM added GROUP BY place
)
SELECT bucket_start, by_step, by_app, by_purpose, by_value, timed_spans, receipt_spans, unended_spans, duration_ns,
       longest_ns / 1e6 AS longest_ms, percentiles_ns[1] / 1e6 AS p50_ms, percentiles_ns[2] / 1e6 AS p95_ms,
       percentiles_ns[3] / 1e6 AS p99_ms, coalesce(buckets, []) AS buckets,
       coalesce(bucket_spans, []) AS bucket_spans
FROM grouped LEFT JOIN gathered USING (place)
ORDER BY bucket_start, by_step, by_app, by_purpose, by_value
