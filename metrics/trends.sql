-- The spans that are kept, with what they can be grouped by: a trend is one metric of them by bucket.
, shaped AS (
    SELECT k.* EXCLUDE (app, app_version, tenant, environment), t.app, t.app_version, t.tenant, t.environment,
           CASE WHEN k.home IN (FROM evaluation_spans) THEN 'evaluation' ELSE 'app' END AS purpose,
           make_timestamp_ns((epoch_ns(k.start_ts) - 345_600_000_000_000) // $bucket_ns * $bucket_ns + 345_600_000_000_000)
               AS bucket_start
    FROM kept k JOIN traces t ON t.trace_id = k.trace_id
)
