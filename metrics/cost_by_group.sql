-- What do spans cost, by series and purpose (app or evaluation)? One row per series and purpose. Roll-ups are left
-- out: their descendants report the same dollars.
SELECT series,
       CASE WHEN home IN (FROM evaluation_spans) THEN 'evaluation' ELSE 'app' END AS purpose,
       sum(cost_total)::DOUBLE AS cost_usd,
       count(cost_total) AS priced_spans,
       count(*) FILTER (cost_total IS NULL) AS unpriced_spans
FROM kept
WHERE usage_is_rollup IS NOT TRUE AND (cost_total IS NOT NULL OR cost_missing IS NOT NULL OR kind = 'llm')
GROUP BY series, purpose
ORDER BY cost_usd DESC NULLS LAST, series
