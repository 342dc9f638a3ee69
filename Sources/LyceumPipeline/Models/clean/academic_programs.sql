-- Programmes of study.
SELECT
    as_id(program_id) AS program_id,
    as_text(html_entities_decoded(title)) AS title,
    as_text(level) AS level,
    as_text(department) AS department,
    as_text(field) AS field,
    as_text(occupation_code) AS occupation_code,
    as_label(status) AS status,
    _source,
    _extracted_at,
    _op
FROM source('workday_academic_programs')
