-- What an occupation needs, strongest first: O*NET's importance and the share of the occupation's open postings that
-- name the skill, half and half, raised by the demand for the skill in the whole market. At most 40 skills each.
WITH
wanted AS (
    SELECT DISTINCT occupation_code FROM ref('student_careers') WHERE occupation_code IS NOT NULL
    UNION
    SELECT DISTINCT occupation_code FROM ref('academic_programs') WHERE occupation_code IS NOT NULL
),
open_postings AS (
    SELECT j.job_posting_id, o.occupation_code
    FROM ref('job_postings') AS j
    JOIN ref('occupation_matches') AS o ON o.title = j.title
    JOIN wanted AS w ON w.occupation_code = o.occupation_code
    WHERE is_open(j.status)
),
sizes AS (
    SELECT occupation_code, count(*) AS postings FROM open_postings GROUP BY occupation_code
),
asked AS (
    SELECT p.occupation_code, s.skill_id, any_value(s.skill) AS skill, any_value(s.kind) AS kind, count(*) AS postings
    FROM open_postings AS p
    JOIN ref('posting_skills') AS s ON s.job_posting_id = p.job_posting_id
    GROUP BY p.occupation_code, s.skill_id
),
needs AS (
    SELECT
        coalesce(k.occupation_code, a.occupation_code) AS occupation_code,
        coalesce(k.skill_id, a.skill_id) AS skill_id,
        coalesce(k.skill, a.skill) AS skill,
        coalesce(k.kind, a.kind) AS kind,
        coalesce(k.importance, 0) AS importance,
        coalesce(a.postings, 0) AS postings
    FROM (
        SELECT o.* FROM seed('occupation_skills') AS o JOIN wanted AS w ON w.occupation_code = o.occupation_code
    ) AS k
    FULL JOIN asked AS a ON a.occupation_code = k.occupation_code AND a.skill_id = k.skill_id
),
weighed AS (
    SELECT
        n.occupation_code, n.skill_id, n.skill, n.kind, n.importance,
        round(n.postings / coalesce(s.postings, 1), 4) AS posting_share,
        -- Rounded before the cast, for engines differ in how a cast treats a value half way between two.
        CAST(round((0.5e0 * n.importance + 0.5e0 * n.postings / coalesce(s.postings, 1)) * (1 + coalesce(d.share, 0)), 4)
            AS DECIMAL(8, 4)) AS weight
    FROM needs AS n
    LEFT JOIN sizes AS s ON s.occupation_code = n.occupation_code
    LEFT JOIN ref('skill_demand') AS d ON d.skill_id = n.skill_id
)
SELECT *, CAST(row_number() OVER (PARTITION BY occupation_code ORDER BY weight DESC, skill_id) AS INTEGER) AS rank
FROM weighed
QUALIFY rank <= 40
