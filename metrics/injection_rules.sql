-- Which rules stand behind the injection flags, and where? One row per rule and place (tool, document or user).
SELECT split_part(matched, '/', 2) AS rule,
       split_part(matched, '/', 1) AS place,
       count(*) AS spans,
       count(DISTINCT trace_id) AS traces,
       max(start_ts) AS last_seen
FROM (SELECT trace_id, start_ts, unnest(injection_rules) AS matched FROM span_rows
      WHERE injection_flag AND is_evaluation IS NOT TRUE)
GROUP BY ALL
ORDER BY spans DESC, rule, place
