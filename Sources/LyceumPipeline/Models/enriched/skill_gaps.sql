-- The skills, ten at most, that a student most lacks for the occupation they aim at.
SELECT a.student_id, a.occupation_code, a.gap_group, g.skills
FROM ref('student_aims') AS a
JOIN (
    SELECT gap_group, arg_min(skill, rank, 10) AS skills FROM ref('gap_skills') GROUP BY gap_group
) AS g ON g.gap_group = a.gap_group
