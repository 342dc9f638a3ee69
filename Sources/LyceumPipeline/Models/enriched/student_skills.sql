-- Skills a student has: taught by courses they passed, or declared by themselves and known to the taxonomy.
WITH
passed AS (
    SELECT DISTINCT e.student_id, c.code
    FROM ref('enrollments') AS e
    JOIN ref('courses') AS c ON c.course_id = e.course_id
    WHERE e.final_result IN ('Pass', 'Distinction')
),
taught AS (
    SELECT DISTINCT code, skill_id, skill, kind FROM ref('course_skills')
),
declared AS (
    SELECT student_id, unnest(declared_skills) AS declared FROM ref('student_careers')
),
owned AS (
    SELECT p.student_id, t.skill_id, t.skill, t.kind, 'course' AS origin
    FROM passed AS p
    JOIN taught AS t ON t.code = p.code
    UNION ALL
    SELECT d.student_id, m.skill_id, m.skill, m.kind, 'declared'
    FROM declared AS d
    JOIN ref('skill_mentions') AS m ON m.text_key = text_key(d.declared)
)
SELECT
    student_id, skill_id, skill, kind,
    bool_or(origin = 'course') AS from_course,
    bool_or(origin = 'declared') AS declared
FROM owned
GROUP BY ALL
