-- One row a student and module presentation. OULAD counts days from the presentation's start. It has no number of its own
-- for an enrolment, so one is made of the student's number and the presentation's place in time, which later
-- presentations do not change.
WITH presentation AS (
    SELECT
        code_module,
        code_presentation,
        starts_on,
        row_number() OVER (ORDER BY starts_on, code_module) AS place
    FROM (
        SELECT
            code_module,
            code_presentation,
            try_cast(left(code_presentation, 4) || CASE right(code_presentation, 1) WHEN 'B' THEN '-02-01' ELSE '-10-01' END
                AS DATE) AS starts_on
        FROM "courses"
    )
)
SELECT
    try_cast(i.id_student AS BIGINT) * 1000 + p.place AS enrollment_id,
    try_cast(i.id_student AS BIGINT) AS student_id,
    i.code_module || '-' || i.code_presentation AS course_id,
    CAST(p.starts_on + try_cast(r.date_registration AS INTEGER) AS VARCHAR) AS registered_on,
    CAST(p.starts_on + try_cast(r.date_unregistration AS INTEGER) AS VARCHAR) AS withdrawn_on,
    try_cast(i.num_of_prev_attempts AS INTEGER) AS previous_attempts,
    try_cast(i.studied_credits AS INTEGER) AS studied_credits,
    i.final_result AS final_result,
    CAST(coalesce(p.starts_on + try_cast(r.date_unregistration AS INTEGER), p.starts_on) AS TIMESTAMP) AS updated_at
FROM "studentInfo" AS i
LEFT JOIN presentation AS p USING (code_module, code_presentation)
LEFT JOIN "studentRegistration" AS r USING (code_module, code_presentation, id_student)
