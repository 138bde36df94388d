-- What do touched traces begin with whose question arrived earlier? One row per trace, from the texts in the lake.
CREATE OR REPLACE TEMP TABLE previews AS
WITH kept AS (
    SELECT w.trace_id, w.span_id, w.start_ts, w.sequence AS first_sequence, a.sequence
    FROM working w
    JOIN unsure USING (trace_id)
    JOIN (SELECT trace_id, span_id, sequence FROM working WHERE revision = 1
          UNION ALL SELECT trace_id, span_id, sequence FROM span_arrivals) a
        ON a.trace_id = w.trace_id AND a.span_id = w.span_id
), told AS (
    SELECT k.trace_id, k.span_id, any_value(k.start_ts) AS start_ts, any_value(k.first_sequence) AS first_sequence,
           max_by(left(ltrim(l.input_text), $chars),
                  {'arrival': CASE l.arrival WHEN 'content' THEN 0 WHEN 'half' THEN 1 ELSE 2 END,
                   'updated': coalesce(l.updated_ns, -9223372036854775807), 'sequence': l.sequence}) AS preview
    FROM read_parquet($files, union_by_name = true) l JOIN kept k ON l.sequence = k.sequence
    WHERE l.input_text <> '' AND l.sequence >= $first AND l.sequence <= $last
    GROUP BY k.trace_id, k.span_id
)
SELECT d.trace_id,
       coalesce(max(t.preview) FILTER (t.span_id = d.root_span_id),
                arg_min(t.preview, {'start_ts': t.start_ts, 'sequence': t.first_sequence})) AS preview,
       count(*) FILTER (t.span_id = d.root_span_id) > 0 AS preview_of_root
FROM told t JOIN derived d ON d.trace_id = t.trace_id
WHERE t.preview <> ''
GROUP BY d.trace_id;
