-- What access to a student's record is decided by: one row for each version of a student that the registrar has shown. It
-- is a table of its own so that the latest choice counts: a version that `students` sets aside, say for its grade point
-- average, may be the one in which a consent was taken back. What is not yes or no is NULL, which withholds.
SELECT
    student_id,
    adviser_id,
    directory_opt_out,
    employer_consent,
    updated_at,
    -- Of two versions of the same moment the one that withholds more wins.
    CASE WHEN coalesce(directory_opt_out, TRUE) THEN 1 ELSE 0 END
        + CASE WHEN coalesce(employer_consent, FALSE) THEN 0 ELSE 1 END AS _withheld,
    _bad_directory_opt_out,
    _bad_employer_consent,
    _source,
    _extracted_at,
    _op
FROM (
    SELECT
        as_id(student_id) AS student_id,
        as_code(as_id(adviser_id)) AS adviser_id,
        as_bool(as_text(directory_opt_out)) AS directory_opt_out,
        as_bool(as_text(employer_consent)) AS employer_consent,
        as_timestamp(updated_at) AS updated_at,
        as_bool(as_text(directory_opt_out)) IS NULL AND as_text(directory_opt_out) IS NOT NULL AS _bad_directory_opt_out,
        as_bool(as_text(employer_consent)) IS NULL AND as_text(employer_consent) IS NOT NULL AS _bad_employer_consent,
        _source,
        _extracted_at,
        _op
    FROM source('oracle_students')
) AS said
