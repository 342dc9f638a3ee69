-- Assessment results: one row for each piece of assessed work a student has handed in.
SELECT
    as_id(record_id) AS record_id,
    as_id(student_id) AS student_id,
    as_code(course_id) AS course_id,
    as_id(assessment_id) AS assessment_id,
    CASE as_code(assessment_type) WHEN 'EXAM' THEN 'Exam' ELSE as_code(assessment_type) END AS assessment_type,
    TRY_CAST(as_number(weight) AS DOUBLE) AS weight,
    as_date(submitted_on) AS submitted_on,
    as_bool(is_banked) AS is_banked,
    TRY_CAST(as_number(score) AS DOUBLE) AS score,
    as_timestamp(updated_at) AS updated_at,
    is_bad_date(submitted_on) AS _bad_submitted_on,
    is_bad_number(score) AS _bad_score,
    _source,
    _extracted_at,
    _op
FROM source('oracle_academic_records')
