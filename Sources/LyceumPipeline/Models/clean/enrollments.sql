-- Enrollments: a student on one presentation of a course, with the result once there is one.
SELECT
    as_id(enrollment_id) AS enrollment_id,
    as_id(student_id) AS student_id,
    as_code(course_id) AS course_id,
    as_date(registered_on) AS registered_on,
    as_date(withdrawn_on) AS withdrawn_on,
    TRY_CAST(as_int(previous_attempts) AS INTEGER) AS previous_attempts,
    TRY_CAST(as_int(studied_credits) AS INTEGER) AS studied_credits,
    as_label(final_result) AS final_result,
    as_timestamp(updated_at) AS updated_at,
    is_bad_date(registered_on) AS _bad_registered_on,
    is_bad_date(withdrawn_on) AS _bad_withdrawn_on,
    _source,
    _extracted_at,
    _op
FROM source('oracle_enrollments')
