-- The courses, five at most, that close most of a student's skill gaps. A course the student has taken in any
-- presentation is left out.
WITH
taken AS (
    SELECT e.student_id, list_distinct_sorted(c.code) AS codes
    FROM ref('enrollments') AS e
    JOIN ref('courses') AS c ON c.course_id = e.course_id
    GROUP BY e.student_id
),
aims AS (
    SELECT a.student_id, a.gap_group, coalesce(t.codes, CAST([] AS VARCHAR[])) AS codes
    FROM ref('student_aims') AS a
    LEFT JOIN taken AS t ON t.student_id = a.student_id
),
-- Once for each group and set of courses taken.
chosen AS (
    SELECT a.gap_group, a.codes, arg_min(o.course_id, o.rank, 5) AS course_ids
    FROM (SELECT DISTINCT gap_group, codes FROM aims) AS a
    JOIN ref('gap_courses') AS o ON o.gap_group = a.gap_group AND NOT list_contains(a.codes, o.code)
    GROUP BY a.gap_group, a.codes
)
SELECT a.student_id, c.course_ids
FROM aims AS a
JOIN chosen AS c ON c.gap_group = a.gap_group AND c.codes = a.codes
