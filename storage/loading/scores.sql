-- Which staged scores are new or newer than what is there? They replace it: newest update, then latest arrival.
CREATE OR REPLACE TEMP TABLE newer AS
SELECT a.*, s.home
FROM (
    SELECT * FROM arriving_scores
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY coalesce(updated_at, created_at) DESC NULLS LAST,
                               sequence DESC) = 1
) a
LEFT JOIN (SELECT rowid AS home, id, coalesce(updated_at, created_at) AS changed_at, sequence FROM scores) s
    ON s.id = a.id
WHERE s.home IS NULL
   OR coalesce(a.updated_at, a.created_at) > s.changed_at
   OR (coalesce(a.updated_at, a.created_at) IS NOT DISTINCT FROM s.changed_at AND a.sequence > s.sequence)
   OR (s.changed_at IS NULL AND coalesce(a.updated_at, a.created_at) IS NOT NULL);
