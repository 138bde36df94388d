-- How many tokens are read and written, over time? One row per series and bucket with a span that reports them.
SELECT series,
       make_timestamp_ns((epoch_ns(start_ts) - 345_600_000_000_000) // $bucket_ns * $bucket_ns + 345_600_000_000_000) AS bucket_start,
       sum(tok_in)::BIGINT AS tok_in,
       sum(tok_out)::BIGINT AS tok_out,
       coalesce(sum(tok_in), 0)::BIGINT + coalesce(sum(tok_out), 0)::BIGINT AS tok_all,
       count(*) AS counted_spans
FROM kept
WHERE usage_is_rollup IS NOT TRUE AND (tok_in IS NOT NULL OR tok_out IS NOT NULL)
  AND list_contains($series::VARCHAR[], series)
GROUP BY series, bucket_start
ORDER BY series, bucket_start
