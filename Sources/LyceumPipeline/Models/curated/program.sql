-- Programmes of study with the occupation they lead to, the skills it needs most and how many students they have.
WITH
skills AS (
    SELECT occupation_code, list_by(skill, rank) AS skills
    FROM ref('occupation_needs')
    WHERE rank <= 15
    GROUP BY occupation_code
),
sizes AS (
    SELECT program_id, CAST(count(*) AS INTEGER) AS students FROM ref('workday_students') GROUP BY program_id
)
SELECT
    p.program_id,
    p.title,
    p.level,
    p.department,
    p.field,
    p.status,
    p.occupation_code,
    o.occupation,
    coalesce(s.skills, CAST([] AS VARCHAR[])) AS skills,
    coalesce(z.students, 0) AS students
FROM ref('academic_programs') AS p
LEFT JOIN seed('occupations') AS o ON o.occupation_code = p.occupation_code
LEFT JOIN skills AS s ON s.occupation_code = p.occupation_code
LEFT JOIN sizes AS z ON z.program_id = p.program_id
