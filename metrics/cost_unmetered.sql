-- Which calls report no tokens that could have a price, as a reranker that runs at home? One row per purpose and model.
-- A language model's call without tokens is not among them: its cost is unknown.
SELECT CASE WHEN home IN (FROM evaluation_spans) THEN 'evaluation' ELSE 'app' END AS purpose,
       coalesce(model, '(not given)') AS model,
       count(*) AS unmetered_spans
FROM kept
WHERE usage_is_rollup IS NOT TRUE AND cost_total IS NULL AND cost_missing IS NOT NULL AND kind <> 'llm'
  AND tok_in IS NULL AND tok_out IS NULL
GROUP BY ALL
ORDER BY unmetered_spans DESC, purpose, model
