-- What do spans cost, over time? One row per series, purpose and bucket; cost_usd is NULL where no span has a price.
SELECT series,
       CASE WHEN home IN (FROM evaluation_spans) THEN 'evaluation' ELSE 'app' END AS purpose,
       make_timestamp_ns((epoch_ns(start_ts) - 345_600_000_000_000) // $bucket_ns * $bucket_ns + 345_600_000_000_000) AS bucket_start,
       sum(cost_total)::DOUBLE AS cost_usd,
       count(cost_total) AS priced_spans,
       count(*) FILTER (cost_total IS NULL) AS unpriced_spans
FROM kept
WHERE usage_is_rollup IS NOT TRUE AND (cost_total IS NOT NULL OR cost_missing IS NOT NULL OR kind = 'llm')
  AND list_contains($series::VARCHAR[], series)
GROUP BY series, purpose, bucket_start
ORDER BY series, purpose, bucket_start
