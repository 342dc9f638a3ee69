-- Module presentations of OULAD as courses. Presentations named B start in February, those named J in October.
SELECT
    code_module || '-' || code_presentation AS course_id,
    code_module AS code,
    NULL::VARCHAR AS title,
    NULL::VARCHAR AS description,
    NULL::VARCHAR AS department,
    NULL::VARCHAR AS level,
    NULL::INTEGER AS credits,
    try_cast(module_presentation_length AS INTEGER) AS length_days,
    left(code_presentation, 4) || CASE right(code_presentation, 1) WHEN 'B' THEN '-02-01' ELSE '-10-01' END AS starts_on,
    try_cast(left(code_presentation, 4) || CASE right(code_presentation, 1) WHEN 'B' THEN '-02-01' ELSE '-10-01' END
        AS TIMESTAMP) AS updated_at
FROM "courses"
