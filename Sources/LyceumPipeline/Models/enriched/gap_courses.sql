-- The courses that close most of a group's skill gaps, by the weight of the missing skills each teaches: the best 40.
-- A course is offered as its latest presentation. Which of the gaps it closes: `gap_skills` joined to `course_skills`.
WITH
latest AS (
    SELECT code, arg_max(course_id, (coalesce(starts_on, DATE '0001-01-01'), course_id)) AS course_id
    FROM ref('courses')
    GROUP BY code
),
taught AS (
    SELECT l.code, l.course_id, s.skill_id
    FROM latest AS l
    JOIN ref('course_skills') AS s ON s.course_id = l.course_id
),
covered AS (
    SELECT
        g.gap_group, t.code, t.course_id,
        CAST(sum(g.weight) AS DECIMAL(10, 4)) AS score,
        CAST(count(*) AS INTEGER) AS gaps_closed
    FROM ref('gap_skills') AS g
    JOIN taught AS t ON t.skill_id = g.skill_id
    GROUP BY g.gap_group, t.code, t.course_id
)
SELECT *, CAST(row_number() OVER (PARTITION BY gap_group ORDER BY score DESC, code) AS INTEGER) AS rank
FROM covered
QUALIFY row_number() OVER (PARTITION BY gap_group ORDER BY score DESC, code) <= 40
