-- When did each span of the traces in `touched_traces` run, below which one? One row per span with its row's place.
SELECT c.home, coalesce(p.place, -1) AS parent, epoch_ns(c.start_ts) AS start_ns, hash(c.trace_id) AS trace,
       CASE WHEN c.time_source = 'client' AND c.duration_ns <= 9_000_000_000_000_000_000 - abs(epoch_ns(c.start_ts))
            THEN epoch_ns(c.start_ts) + c.duration_ns ELSE $unknown END AS end_ns
FROM timed_spans c LEFT JOIN timed_spans p ON p.trace_id = c.trace_id AND p.span_id = c.parent_span_id
ORDER BY c.place
