-- Courses as they are searched and recommended, one row a presentation, with what they teach and how they went.
WITH
skills AS (
    SELECT course_id, list_sorted(skill) AS skills FROM ref('course_skills') GROUP BY course_id
),
results AS (
    SELECT
        course_id,
        CAST(count(*) AS INTEGER) AS enrolled,
        round(avg(CASE WHEN final_result IN ('Pass', 'Distinction') THEN 1e0
                       WHEN final_result IS NOT NULL THEN 0e0 END), 4) AS pass_rate
    FROM ref('enrollments')
    GROUP BY course_id
)
SELECT
    c.course_id,
    c.code,
    c.title,
    c.description,
    c.department,
    c.level,
    c.credits,
    c.length_days,
    c.starts_on,
    coalesce(s.skills, CAST([] AS VARCHAR[])) AS skills,
    coalesce(r.enrolled, 0) AS enrolled,
    r.pass_rate,
    c.updated_at
FROM ref('courses') AS c
LEFT JOIN skills AS s ON s.course_id = c.course_id
LEFT JOIN results AS r ON r.course_id = c.course_id
