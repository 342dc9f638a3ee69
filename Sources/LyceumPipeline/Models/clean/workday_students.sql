-- Students as Workday knows them: programme, career interest and the skills they say they have.
SELECT
    as_id(workday_id) AS workday_id,
    as_id(student_id) AS student_id,
    proper_name(first_name) AS first_name,
    proper_name(last_name) AS last_name,
    as_email(email) AS email,
    as_id(program_id) AS program_id,
    as_text(html_entities_decoded(program)) AS program,
    as_text(career_interest) AS career_interest,
    list_filter(list_transform(json_texts(skills), lambda skill: as_text(skill)),
        lambda skill: skill IS NOT NULL) AS skills,
    as_date(expected_graduation) AS expected_graduation,
    as_label(status) AS status,
    is_bad_date(expected_graduation) AS _bad_expected_graduation,
    _source,
    _extracted_at,
    _op
FROM source('workday_students')
