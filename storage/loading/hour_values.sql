-- Which values have the spans of an hour's step? One row per hour, app, step and purpose, with the value of each dimension
-- where there is only one: then its figures are those of all of the step's spans, and stand there once.
SELECT hour_ts, app, step, purpose,
       {'tenant': CASE WHEN min(tenant) = max(tenant) THEN min(tenant) END,
        'model': CASE WHEN min(model) = max(model) THEN min(model) END,
        'prompt_version': CASE WHEN min(prompt_version) = max(prompt_version) THEN min(prompt_version) END,
        'retrieval_config': CASE WHEN min(retrieval_config) = max(retrieval_config) THEN min(retrieval_config) END,
        'app_version': CASE WHEN min(app_version) = max(app_version) THEN min(app_version) END,
        'environment': CASE WHEN min(environment) = max(environment) THEN min(environment) END} AS only_value
FROM spans_of_hours
GROUP BY ALL
