-- How much is loaded, and of when? One row.
SELECT count(*) AS traces,
       min(first_span_ts) AS first_ts,
       max(last_span_ts) AS last_ts,
       count(*) FILTER (last_span_ts >= make_timestamp_ns($day_ns)) AS traces_day,
       count(*) FILTER (last_span_ts >= make_timestamp_ns($week_ns)) AS traces_week,
       count(*) FILTER (last_span_ts >= make_timestamp_ns($month_ns)) AS traces_month
FROM traces
