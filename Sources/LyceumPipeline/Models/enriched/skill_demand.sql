-- How much the job market asks for each skill: its share of open postings, and how the occupations that ask for it
-- grow.
WITH
open_postings AS (
    SELECT j.job_posting_id, o.occupation_code
    FROM ref('job_postings') AS j
    LEFT JOIN ref('occupation_matches') AS o ON o.title = j.title
    WHERE is_open(j.status)
),
total AS (
    SELECT count(*) AS postings FROM open_postings
),
growth AS (
    SELECT o.occupation_code, arg_max(t.growth, t.month) AS growth
    FROM ref('job_market_trends') AS t
    JOIN ref('occupation_matches') AS o ON o.title = t.occupation
    WHERE t.growth IS NOT NULL
    GROUP BY o.occupation_code
)
SELECT
    s.skill_id,
    s.skill,
    s.kind,
    CAST(count(*) AS INTEGER) AS open_postings,
    round(count(*) / any_value(t.postings), 6) AS share,
    round(avg(TRY_CAST(round(g.growth, 4) AS DECIMAL(18, 4))), 4) AS growth
FROM ref('posting_skills') AS s
JOIN open_postings AS p ON p.job_posting_id = s.job_posting_id
LEFT JOIN growth AS g ON g.occupation_code = p.occupation_code
CROSS JOIN total AS t
GROUP BY s.skill_id, s.skill, s.kind
