-- What is loaded? One row.
SELECT (SELECT count(*) FROM span_rows) AS spans,
       (SELECT count(*) FROM traces) AS traces,
       (SELECT count(*) FROM sessions) AS sessions,
       (SELECT count(*) FROM document_rows) AS documents,
       (SELECT count(*) FROM scores) AS scores,
       (SELECT strftime(min(first_span_ts)::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ') FROM traces) AS first_span_at,
       (SELECT strftime(max(last_span_ts)::TIMESTAMP, '%Y-%m-%dT%H:%M:%SZ') FROM traces) AS last_span_at,
       (SELECT strftime(max(received_at), '%Y-%m-%dT%H:%M:%SZ') FROM traces) AS received_at,
       (SELECT count(*) FROM lake_files) AS lake_files,
       (SELECT coalesce(sum(size_bytes), 0)::BIGINT FROM lake_files) AS lake_bytes;
