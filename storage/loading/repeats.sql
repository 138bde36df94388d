-- Which staged arrivals say what was said before? One row per arrival, with whether it is the very same lake row.
CREATE OR REPLACE TEMP TABLE repeats AS
WITH known AS (
    SELECT trace_id, span_id, content_hash, sequence FROM span_rows
    WHERE revision = 1 AND start_ts >= (SELECT min(start_ts) FROM arriving)
      AND start_ts <= (SELECT max(start_ts) FROM arriving)
    UNION ALL
    SELECT trace_id, span_id, content_hash, sequence FROM span_arrivals
), again AS (
    SELECT a.sequence, bool_or(a.sequence = k.sequence) AS is_same_row
    FROM arriving a JOIN known k ON a.trace_id = k.trace_id AND a.span_id = k.span_id
        AND (a.content_hash = k.content_hash AND a.sequence > k.sequence OR a.sequence = k.sequence)
    GROUP BY a.sequence
), within AS (
    SELECT sequence, row_number() OVER (PARTITION BY trace_id, span_id, content_hash ORDER BY sequence) > 1 AS is_repeat
    FROM arriving
    WHERE $within AND content_hash IS NOT NULL
)
SELECT sequence, is_same_row FROM again
UNION
SELECT sequence, false FROM within WHERE is_repeat AND sequence NOT IN (SELECT sequence FROM again);
