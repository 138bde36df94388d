-- What do hourly figures add up to? One row per bucket and what is grouped by.
SELECT bucket_start, by_step, by_app, by_purpose, by_value,
       sum(spans)::BIGINT AS spans,
       sum(ended_spans)::BIGINT AS ended_spans,
       sum(error_spans)::BIGINT AS error_spans,
       sum(running_spans)::BIGINT AS running_spans,
       sum(spans_with_self)::BIGINT AS spans_with_self,
       sum(self_ns)::DOUBLE / 1e6 AS self_ms,
       sum(critical_ns)::DOUBLE / 1e6 AS critical_ms,
       TRY_CAST(sum(tok_in) AS BIGINT) AS tok_in,
       TRY_CAST(sum(tok_out) AS BIGINT) AS tok_out,
       TRY_CAST(sum(coalesce(tok_in, 0) + coalesce(tok_out, 0)) AS BIGINT) AS tokens,
       TRY_CAST(sum(tok_cache_read) AS BIGINT) AS tok_cache_read,
       TRY_CAST(sum(tok_reasoning) AS BIGINT) AS tok_reasoning,
       sum(spans_with_tok_in)::BIGINT AS spans_with_tok_in,
       sum(spans_with_tok_out)::BIGINT AS spans_with_tok_out,
       sum(spans_with_tokens)::BIGINT AS spans_with_tokens,
       sum(calls_without_tokens)::BIGINT AS calls_without_tokens,
       sum(cost_total)::DOUBLE AS cost_usd,
       sum(priced_spans)::BIGINT AS priced_spans,
       sum(unpriced_spans)::BIGINT AS unpriced_spans
FROM kept
GROUP BY ALL
ORDER BY ALL
