-- Why is the cost of some spans unknown? One row per reason and model.
SELECT coalesce(cost_missing, 'no reason recorded') AS reason,
       coalesce(model, '(not given)') AS model,
       count(*) AS unpriced_spans
FROM kept
WHERE usage_is_rollup IS NOT TRUE AND cost_total IS NULL 
  AND (kind = 'llm' OR (cost_missing IS NOT NULL AND coalesce(tok_in, tok_out) IS NOT NULL))
GROUP BY ALL
ORDER BY unpriced_spans DESC, reason, model
