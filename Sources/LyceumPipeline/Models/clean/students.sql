-- Students as the registrar knows them: one row for each version of a student the source has shown.
SELECT
    as_id(student_id) AS student_id,
    proper_name(first_name) AS first_name,
    proper_name(last_name) AS last_name,
    as_email(email) AS email,
    as_code(gender) AS gender,
    proper_name(region) AS region,
    as_text(highest_education) AS highest_education,
    CASE WHEN regexp_matches(imd_band, '^\s*\d+-\d+\s*$') THEN as_text(imd_band) || '%'
         ELSE as_text(imd_band) END AS imd_band,
    as_text(age_band) AS age_band,
    as_bool(disability) AS disability,
    TRY_CAST(as_int(credits) AS INTEGER) AS credits,
    TRY_CAST(as_number(gpa) AS DOUBLE) AS gpa,
    as_date(registered_on) AS registered_on,
    as_label(status) AS status,
    as_timestamp(updated_at) AS updated_at,
    is_bad_date(registered_on) AS _bad_registered_on,
    is_bad_number(gpa) AS _bad_gpa,
    _source,
    _extracted_at,
    _op
FROM source('oracle_students')
