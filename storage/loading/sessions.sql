-- What follows for each touched session from its traces? One row per session.
INSERT INTO sessions BY NAME
SELECT session_id,
       arg_min(user_id, {'start_ts': start_ts, 'sequence': first_sequence}) FILTER (user_id <> '') AS user_id,
       arg_min(tenant, {'start_ts': start_ts, 'sequence': first_sequence}) FILTER (tenant <> '') AS tenant,
       arg_min(app, {'start_ts': start_ts, 'sequence': first_sequence}) FILTER (app <> '') AS app,
       arg_min(environment, {'start_ts': start_ts, 'sequence': first_sequence}) FILTER (environment <> '')
           AS environment,
       min(start_ts) AS start_ts, max(coalesce(end_ts, start_ts)) AS end_ts, count(*) AS traces,
       TRY_CAST(sum(spans) AS BIGINT) AS spans, count(*) FILTER (status = 'error') AS error_traces,
       TRY_CAST(sum(tok_in) AS BIGINT) AS tok_in, TRY_CAST(sum(tok_out) AS BIGINT) AS tok_out,
       TRY_CAST(sum(cost_total) AS DECIMAL(18, 10)) AS cost_total,
       TRY_CAST(sum(unpriced_spans) AS BIGINT) AS unpriced_spans
FROM traces
WHERE session_id IN (FROM touched_sessions)
GROUP BY session_id;
