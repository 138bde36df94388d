-- How many tokens are read and written, by series? One row per series that used a model, roll-ups left out.
SELECT series,
       sum(tok_in)::BIGINT AS tok_in,
       sum(tok_out)::BIGINT AS tok_out,
       sum(tok_cache_read)::BIGINT AS tok_cache_read,
       sum(tok_reasoning)::BIGINT AS tok_reasoning,
       count(*) FILTER (tok_in IS NOT NULL OR tok_out IS NOT NULL) AS counted_spans,
       count(*) FILTER (tok_in IS NULL AND tok_out IS NULL) AS uncounted_spans
FROM kept
WHERE usage_is_rollup IS NOT TRUE AND (kind = 'llm' OR tok_in IS NOT NULL OR tok_out IS NOT NULL)
GROUP BY series
ORDER BY coalesce(sum(kept.tok_in), 0) + coalesce(sum(kept.tok_out), 0) DESC, series
