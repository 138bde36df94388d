-- How much of the budget was used, bucket by bucket? One row per series and bucket, with the sums over conversations
-- that a mean and its error are made of. `counted` is the amount, or whether it lies within the limit.
, placed AS (
    SELECT *, (epoch_ns(start_ts) - $origin_ns) // $bucket_ns AS bucket,
           CASE WHEN $is_share THEN (amount <= $limit)::INTEGER ELSE amount END AS counted
    FROM units
), per_conversation AS (
    SELECT series, bucket, conversation, sum(counted)::DOUBLE AS y, count(amount)::DOUBLE AS t,
           count(*) - count(amount) AS left_out
    FROM placed GROUP BY series, bucket, conversation
), summed AS (
    SELECT series, bucket, count(*) FILTER (t > 0) AS conversations, sum(t)::BIGINT AS n,
           sum(left_out)::BIGINT AS left_out, sum(y) AS y, sum(y * y) AS yy, sum(y * t) AS yt, sum(t * t) AS tt
    FROM per_conversation GROUP BY series, bucket
), quantiles AS (
    SELECT series, bucket, quantile_cont(amount, $quantile) AS at_share FROM placed GROUP BY series, bucket
)
SELECT series, make_timestamp_ns(bucket * $bucket_ns + $origin_ns) AS bucket_start, conversations, n, left_out,
       y, yy, yt, tt, at_share
FROM summed JOIN quantiles USING (series, bucket)
ORDER BY series, bucket_start
