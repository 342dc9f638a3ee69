-- Where a student is heading: programme, career interest and the occupation they aim at, one row a student. The
-- occupation is the one the interest names, else the one the programme leads to. Of several Workday records of one
-- student the one with the highest id counts.
WITH
latest AS (
    SELECT * FROM ref('workday_students') WHERE student_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY student_id ORDER BY workday_id DESC) = 1
)
SELECT
    w.student_id, w.workday_id, w.first_name, w.last_name, w.email, w.program_id,
    coalesce(p.title, w.program) AS program,
    CASE WHEN o.is_own_title AND w.career_interest = lower(w.career_interest) THEN o.occupation
         ELSE w.career_interest END AS career_interest,
    coalesce(o.occupation_code, p.occupation_code) AS occupation_code,
    w.skills AS declared_skills,
    w.expected_graduation
FROM latest AS w
LEFT JOIN ref('academic_programs') AS p ON p.program_id = w.program_id
LEFT JOIN ref('occupation_matches') AS o ON o.title = w.career_interest
