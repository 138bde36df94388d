-- Which staged scores are new or newer than what is there? The newest update stands, then the latest arrival; the
-- number, batch and receipt stay those of the first. One row per id, with the row that it replaces.
CREATE OR REPLACE TEMP TABLE newer AS
WITH together AS (
    SELECT *, NULL::BIGINT AS home FROM arriving_scores
    UNION ALL BY NAME
    SELECT *, rowid AS home FROM scores WHERE id IN (SELECT id FROM arriving_scores)
), newest AS (
    SELECT *, row_number() OVER (PARTITION BY id ORDER BY coalesce(updated_at, created_at) DESC NULLS LAST,
                                 last_sequence DESC) AS place,
           max(home) OVER (PARTITION BY id) AS replaces,
           min({'sequence': sequence, 'batch': ingest_batch, 'at': received_at}) OVER (PARTITION BY id) AS first
    FROM together
)
SELECT * EXCLUDE (place, home, first)
       REPLACE (first.sequence AS sequence, first.batch AS ingest_batch, first.at AS received_at)
FROM newest WHERE place = 1;
