-- Which hourly figures answer a question? One row per hour, app, step, purpose and value of $dimension that are asked
-- for: those that stand in step_hours, and those of hours cut by the window or out of date, counted from their spans.
-- Columns that are not grouped by are NULL in `by_...`.
hours AS (
    SELECT * REPLACE (CASE WHEN dimension = $dimension THEN value ELSE CASE $dimension
               WHEN 'tenant' THEN only_value.tenant
               WHEN 'model' THEN only_value.model
               WHEN 'prompt_version' THEN only_value.prompt_version
               WHEN 'retrieval_config' THEN only_value.retrieval_config
               WHEN 'app_version' THEN only_value.app_version
               WHEN 'environment' THEN only_value.environment END END AS value)
    FROM step_hours
    WHERE dimension IN ('none', $dimension)
      AND hour_ts >= make_timestamp_ns($first_hour_ns)::TIMESTAMP AND hour_ts < make_timestamp_ns($last_hour_ns)::TIMESTAMP
      AND hour_ts NOT IN (
          SELECT hour_ts FROM stale_hours
          WHERE hour_ts >= make_timestamp_ns($stale_ns)::TIMESTAMP AND hour_ts < make_timestamp_ns($stale_end_ns)::TIMESTAMP)
    UNION ALL BY NAME
    FROM of_dimension
), kept AS (
    SELECT * EXCLUDE (hour_ts),
           make_timestamp_ns((epoch_ns(hour_ts) - 345_600_000_000_000) // $bucket_ns * $bucket_ns + 345_600_000_000_000)
               AS bucket_start,
           CASE WHEN list_contains($by::VARCHAR[], 'step') THEN step END AS by_step,
           CASE WHEN list_contains($by::VARCHAR[], 'app') THEN app END AS by_app,
           CASE WHEN list_contains($by::VARCHAR[], 'purpose') THEN purpose END AS by_purpose,
           CASE WHEN list_contains($by::VARCHAR[], $dimension) THEN value END AS by_value
    FROM hours
    WHERE value IS NOT NULL  -- else the step's spans have several in that hour, and those have rows of their own
      AND (len($apps::VARCHAR[]) = 0 OR list_contains($apps::VARCHAR[], app))
      AND (len($steps::VARCHAR[]) = 0 OR list_contains($steps::VARCHAR[], step))
      AND (len($values::VARCHAR[]) = 0 OR list_contains($values::VARCHAR[], value))
)
