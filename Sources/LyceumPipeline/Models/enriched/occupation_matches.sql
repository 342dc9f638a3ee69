-- The O*NET occupation that a job title, a career interest or a trend's label names.
--
-- The longest run of words that is a known title wins, the rightmost of equals: in "Supervisory Human Resources
-- Specialist" that is "human resource specialist".
WITH
titles AS (
    SELECT DISTINCT title FROM (
        SELECT title FROM ref('job_postings')
        UNION ALL SELECT career_interest FROM ref('workday_students')
        UNION ALL SELECT occupation FROM ref('job_market_trends')
    ) AS named
    WHERE title IS NOT NULL
),
words AS (
    SELECT title, string_split(title_key(title), ' ') AS words FROM titles
),
starts AS (
    SELECT title, words, unnest(range(1, least(len(words), 12) + 1)) AS first FROM words
),
runs AS (
    SELECT title, first, words, unnest(range(first, least(len(words), first + 7) + 1)) AS last FROM starts
),
found AS (
    SELECT r.title, r.first, r.last, t.occupation_code
    FROM runs AS r
    JOIN seed('occupation_titles') AS t ON t.title_key = array_to_string(r.words[r.first:r.last], ' ')
)
SELECT
    f.title, f.occupation_code, o.occupation,
    CAST(f.last - f.first + 1 AS INTEGER) AS matched_words,
    title_key(f.title) = title_key(o.occupation) AS is_own_title
FROM found AS f
JOIN seed('occupations') AS o ON o.occupation_code = f.occupation_code
QUALIFY row_number() OVER (PARTITION BY f.title ORDER BY f.last - f.first DESC, f.last DESC) = 1
