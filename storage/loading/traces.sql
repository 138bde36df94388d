-- What follows for each touched trace from all of its spans? One row per trace.
CREATE OR REPLACE TEMP TABLE derived AS
WITH told AS (
    SELECT w.* REPLACE (nullif(parent_span_id, '') AS parent_span_id), 
           coalesce(m.is_rollup, false) AS is_rollup, coalesce(m.on_cycle, false) AS on_cycle,
           coalesce(m.is_top, coalesce(w.parent_span_id, '') = '') AS is_top, coalesce(m.is_orphan, false) AS is_orphan,
           -- order of start, then of arrival, as one number: comparing pairs costs ten times as much
           epoch_ns(w.start_ts)::HUGEINT * 281474976710656 + w.sequence % 281474976710656 AS nth
    FROM working w LEFT JOIN marks m ON m.place = w.place
), grouped AS (
    SELECT
        trace_id,
        arg_min({'span_id': span_id, 'name': name, 'start_ts': start_ts, 'end_ts': end_ts, 'duration_ns': duration_ns,
                 'status': status, 'app': nullif(app, ''), 'app_version': nullif(app_version, ''),
                 'environment': nullif(environment, ''), 'is_root': is_top, 'is_new': is_new,
                 'revision': revision, 'preview': nullif(preview, '')},
                nth + 10000000000000000000000000000000000::HUGEINT
                    * CASE WHEN is_top THEN 0 WHEN is_orphan THEN 1 ELSE 2 END
        ) AS root,
        arg_min(preview, nth) FILTER (preview <> '') AS first_preview,
        bool_or(is_new AND home IS NULL) AS has_new_spans,
        min(start_ts) AS first_span_ts,
        max(start_ts) AS last_span_ts,
        max(start_ts) FILTER (kind IS DISTINCT FROM 'evaluator') AS last_own_ts,
        max(end_ts) AS last_end_ts,
        min(time_source) AS time_source,
        count(*) AS spans,
        count(*) FILTER (status = 'running') AS running_spans,
        count(*) FILTER (status = 'error') AS error_spans,
        count(*) FILTER (kind = 'llm' AND NOT is_rollup) AS llm_calls,
        count(*) FILTER (kind = 'tool') AS tool_calls,
        TRY_CAST(sum(tok_in) FILTER (NOT is_rollup) AS BIGINT) AS tok_in,
        TRY_CAST(sum(tok_out) FILTER (NOT is_rollup) AS BIGINT) AS tok_out,
        TRY_CAST(sum(cost_total) FILTER (NOT is_rollup) AS DECIMAL(18, 10)) AS cost_total,
        count(cost_total) FILTER (NOT is_rollup) AS priced_spans,
        count(*) FILTER (NOT is_rollup AND cost_total IS NULL AND (kind IN ('llm', 'embedding') OR cost_missing <> ''))
            AS unpriced_spans,
        arg_min(session_id, nth) FILTER (session_id <> '') AS session_id,
        arg_min(user_id, nth) FILTER (user_id <> '') AS user_id,
        arg_min(tenant, nth) FILTER (tenant <> '') AS tenant,
        arg_min(app, nth) FILTER (app <> '') AS first_app,
        arg_min(app_version, nth) FILTER (app_version <> '') AS first_version,
        arg_min(environment, nth) FILTER (environment <> '')
            AS first_environment,
        arg_max(model, nth) FILTER (kind = 'llm' AND model <> '') AS model,
        arg_min(prompt_name, nth) FILTER (prompt_name <> '') AS prompt_name,
        arg_min(prompt_version, nth) FILTER (prompt_version <> '')
            AS prompt_version,
        arg_min(retrieval_config, nth) FILTER (retrieval_config <> '')
            AS retrieval_config,
        min(session_id) FILTER (session_id <> '') IS DISTINCT FROM max(session_id) FILTER (session_id <> '')
            AS session_conflict,
        min(user_id) FILTER (user_id <> '') IS DISTINCT FROM max(user_id) FILTER (user_id <> '') AS user_conflict,
        min(tenant) FILTER (tenant <> '') IS DISTINCT FROM max(tenant) FILTER (tenant <> '') AS tenant_conflict,
        bool_or(on_cycle) AS has_cycle,
        bool_or(is_orphan) AS has_orphans,
        min(sequence) AS first_sequence,
        max(last_sequence) AS last_sequence,
        max(received_at) AS received_at
    FROM told GROUP BY trace_id
), timed AS (
    SELECT *, CASE WHEN root.is_root THEN root.start_ts ELSE first_span_ts END AS start_ts,
           CASE WHEN root.is_root THEN root.end_ts ELSE last_end_ts END AS end_ts
    FROM grouped
)
SELECT
    trace_id, root.span_id AS root_span_id, root.name AS name, start_ts, end_ts,
    CASE WHEN root.is_root THEN root.duration_ns
         WHEN time_source = 'client' AND end_ts >= start_ts 
         THEN TRY_CAST(epoch_ns(end_ts)::HUGEINT - epoch_ns(start_ts) AS BIGINT) END AS duration_ns,
    time_source, root.status AS status, root.is_root AND running_spans = 0 AS is_complete,
    spans, error_spans, llm_calls, tool_calls, tok_in, tok_out, cost_total, priced_spans, unpriced_spans,
    session_id, user_id, tenant, coalesce(root.app, first_app) AS app,
    coalesce(root.app_version, first_version) AS app_version,
    coalesce(root.environment, first_environment) AS environment,
    model, prompt_name, prompt_version, retrieval_config,
    coalesce(root.preview, first_preview) AS preview, root.preview IS NOT NULL AS preview_of_root,
    root.is_new AS root_is_new, root.is_new AND root.revision = 1 AND root.preview IS NOT NULL AS is_sure,
    list_filter([
        CASE WHEN NOT root.is_root THEN 'no_root' END,
        CASE WHEN root.is_root AND has_orphans THEN 'orphans' END,
        CASE WHEN has_cycle THEN 'cycle' END,
        CASE WHEN root.is_root AND time_source = 'client' AND end_ts IS NOT NULL
              AND epoch_ns(last_own_ts) > epoch_ns(end_ts) + $tolerance_ns THEN 'late_child' END,
        CASE WHEN root.is_root AND time_source = 'client'
              AND epoch_ns(first_span_ts) < epoch_ns(start_ts) - $tolerance_ns THEN 'early_child' END,
        CASE WHEN session_conflict THEN 'session_conflict' END,
        CASE WHEN user_conflict THEN 'user_conflict' END,
        CASE WHEN tenant_conflict THEN 'tenant_conflict' END
    ], lambda problem: problem IS NOT NULL) AS problems,
    first_span_ts, last_span_ts, first_sequence, last_sequence, received_at
FROM timed;
