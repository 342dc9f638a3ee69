-- One row a student, as the latest module presentation has them. OULAD names nobody, so names and addresses are NULL,
-- and so are advisers and choices of privacy: nobody's record is shown to third parties.
-- Credits are those of presentations passed; the grade point average is the mean score of a student's assessments,
-- weighted as the module weighs them (equally where all weights are zero), on a scale of 4.
WITH attendance AS (
    SELECT
        i.*,
        try_cast(left(code_presentation, 4) || CASE right(code_presentation, 1) WHEN 'B' THEN '-02-01' ELSE '-10-01' END
            AS DATE) AS starts_on
    FROM "studentInfo" AS i
),
latest AS (
    SELECT *
    FROM attendance
    QUALIFY row_number() OVER (PARTITION BY id_student ORDER BY starts_on DESC, code_module) = 1
),
registration AS (
    SELECT
        a.id_student,
        min(a.starts_on + try_cast(r.date_registration AS INTEGER)) AS registered_on,
        max(a.starts_on) AS last_start
    FROM attendance AS a
    LEFT JOIN "studentRegistration" AS r USING (code_module, code_presentation, id_student)
    GROUP BY a.id_student
),
passed AS (
    SELECT id_student, sum(try_cast(studied_credits AS INTEGER)) AS credits
    FROM attendance
    WHERE final_result IN ('Pass', 'Distinction')
    GROUP BY id_student
),
grade AS (
    SELECT
        s.id_student,
        coalesce(
            sum(try_cast(s.score AS DOUBLE) * try_cast(a.weight AS DOUBLE))
                / nullif(sum(CASE WHEN s.score IS NOT NULL THEN try_cast(a.weight AS DOUBLE) END), 0),
            avg(try_cast(s.score AS DOUBLE))
        ) / 25 AS gpa
    FROM "studentAssessment" AS s
    LEFT JOIN "assessments" AS a USING (id_assessment)
    GROUP BY s.id_student
)
SELECT
    try_cast(l.id_student AS BIGINT) AS student_id,
    NULL::VARCHAR AS first_name,
    NULL::VARCHAR AS last_name,
    NULL::VARCHAR AS email,
    l.gender AS gender,
    l.region AS region,
    l.highest_education AS highest_education,
    l.imd_band AS imd_band,
    l.age_band AS age_band,
    l.disability AS disability,
    CAST(coalesce(p.credits, 0) AS INTEGER) AS credits,
    CAST(round(g.gpa, 2) AS DECIMAL(4, 2)) AS gpa,
    CAST(r.registered_on AS VARCHAR) AS registered_on,
    CASE l.final_result WHEN 'Withdrawn' THEN 'Withdrawn' ELSE 'Active' END AS status,
    NULL::VARCHAR AS adviser_id,
    NULL::VARCHAR AS directory_opt_out,
    NULL::VARCHAR AS employer_consent,
    CAST(r.last_start AS TIMESTAMP) AS updated_at
FROM latest AS l
LEFT JOIN registration AS r USING (id_student)
LEFT JOIN passed AS p USING (id_student)
LEFT JOIN grade AS g USING (id_student)
