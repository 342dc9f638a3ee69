-- One row a student and assessment handed in. Its number is made of the student's and the assessment's, which have at
-- most six digits.
SELECT
    try_cast(s.id_student AS BIGINT) * 1000000 + try_cast(s.id_assessment AS BIGINT) AS record_id,
    try_cast(s.id_student AS BIGINT) AS student_id,
    a.code_module || '-' || a.code_presentation AS course_id,
    s.id_assessment AS assessment_id,
    a.assessment_type AS assessment_type,
    try_cast(a.weight AS DECIMAL(5, 2)) AS weight,
    try_cast(left(a.code_presentation, 4) || CASE right(a.code_presentation, 1) WHEN 'B' THEN '-02-01' ELSE '-10-01' END
        AS DATE) + try_cast(s.date_submitted AS INTEGER) AS submitted_on,
    s.is_banked AS is_banked,
    try_cast(s.score AS DECIMAL(5, 2)) AS score,
    CAST(
        try_cast(left(a.code_presentation, 4) || CASE right(a.code_presentation, 1) WHEN 'B' THEN '-02-01' ELSE '-10-01' END
            AS DATE) + try_cast(s.date_submitted AS INTEGER) AS TIMESTAMP) AS updated_at
FROM "studentAssessment" AS s
LEFT JOIN "assessments" AS a USING (id_assessment)
