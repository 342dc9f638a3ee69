-- The five courses that close most of a student's skill gaps, by the weight of the missing skills each teaches.
-- A course is offered as its latest presentation; one the student has taken in any presentation is left out.
WITH
latest AS (
    SELECT code, arg_max(course_id, (coalesce(starts_on, DATE '0001-01-01'), course_id)) AS course_id
    FROM ref('courses')
    GROUP BY code
),
taught AS (
    SELECT l.code, l.course_id, s.skill_id, s.skill
    FROM latest AS l
    JOIN ref('course_skills') AS s ON s.course_id = l.course_id
),
taken AS (
    SELECT DISTINCT e.student_id, c.code
    FROM ref('enrollments') AS e
    JOIN ref('courses') AS c ON c.course_id = e.course_id
),
covered AS (
    SELECT
        g.student_id, t.code, t.course_id,
        CAST(sum(g.weight) AS DECIMAL(10, 4)) AS score,
        list(t.skill ORDER BY g.rank) AS skills
    FROM ref('skill_gaps') AS g
    JOIN taught AS t ON t.skill_id = g.skill_id
    GROUP BY g.student_id, t.code, t.course_id
)
SELECT
    c.student_id, c.course_id, c.code, c.score AS score, c.skills,
    CAST(row_number() OVER (PARTITION BY c.student_id ORDER BY c.score DESC, c.code) AS INTEGER) AS rank
FROM covered AS c
ANTI JOIN taken AS t ON t.student_id = c.student_id AND t.code = c.code
QUALIFY rank <= 5
