-- The skills, ten at most, that the students of a group most lack.
SELECT
    g.gap_group, g.occupation_code, n.skill_id, n.skill, n.kind, n.weight,
    CAST(row_number() OVER (PARTITION BY g.gap_group ORDER BY n.rank) AS INTEGER) AS rank
FROM (SELECT DISTINCT gap_group, occupation_code, skill_bits FROM ref('student_aims')) AS g
JOIN ref('occupation_needs') AS n ON n.occupation_code = g.occupation_code
WHERE g.skill_bits & skill_bit(n.rank) = 0
QUALIFY row_number() OVER (PARTITION BY g.gap_group ORDER BY n.rank) <= 10
