-- Presentations of courses: one row for each version of a course the source has shown.
SELECT
    as_code(course_id) AS course_id,
    as_code(code) AS code,
    as_text(title) AS title,
    html_to_text(description) AS description,
    as_text(department) AS department,
    as_text(level) AS level,
    TRY_CAST(as_int(credits) AS INTEGER) AS credits,
    TRY_CAST(as_int(length_days) AS INTEGER) AS length_days,
    as_date(starts_on) AS starts_on,
    as_timestamp(updated_at) AS updated_at,
    is_bad_date(starts_on) AS _bad_starts_on,
    _source,
    _extracted_at,
    _op
FROM source('oracle_courses')
