-- Between which hours of a window are some out of date? One row; NULL where all are up to date.
SELECT epoch_ns(min(hour_ts)) AS stale_ns, epoch_ns(max(hour_ts) + INTERVAL 1 HOUR) AS end_ns
FROM stale_hours
WHERE hour_ts >= make_timestamp_ns($first_hour_ns)::TIMESTAMP AND hour_ts < make_timestamp_ns($last_hour_ns)::TIMESTAMP
