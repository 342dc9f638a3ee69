-- The ten skills a student most lacks for the occupation they aim at.
SELECT
    a.student_id, a.occupation_code, n.skill_id, n.skill, n.kind, n.weight,
    CAST(row_number() OVER (PARTITION BY a.student_id ORDER BY n.rank) AS INTEGER) AS rank
FROM ref('student_careers') AS a
JOIN ref('occupation_needs') AS n ON n.occupation_code = a.occupation_code
ANTI JOIN ref('student_skills') AS s ON s.student_id = a.student_id AND s.skill_id = n.skill_id
QUALIFY rank <= 10
