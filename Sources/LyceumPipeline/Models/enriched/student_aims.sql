-- Which students share their skill gaps: those who aim at one occupation and have the same of the skills it needs.
-- Gaps and courses are worked out once for each such group, not for each student.
WITH
owned AS MATERIALIZED (
    SELECT a.student_id, a.occupation_code, s.skill_id
    FROM ref('student_careers') AS a
    JOIN ref('student_skills') AS s ON s.student_id = a.student_id
),
had AS (
    SELECT o.student_id, bit_or(skill_bit(n.rank)) AS skill_bits
    FROM owned AS o
    JOIN ref('occupation_needs') AS n ON n.occupation_code = o.occupation_code AND n.skill_id = o.skill_id
    GROUP BY o.student_id
)
SELECT
    a.student_id, a.occupation_code,
    coalesce(h.skill_bits, 0) AS skill_bits,
    a.occupation_code || '/' || CAST(coalesce(h.skill_bits, 0) AS VARCHAR) AS gap_group
FROM ref('student_careers') AS a
LEFT JOIN had AS h ON h.student_id = a.student_id
WHERE a.occupation_code IS NOT NULL
