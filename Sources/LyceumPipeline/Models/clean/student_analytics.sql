-- Performance and engagement per student, from the analytics workbook.
SELECT
    as_id(student_id) AS student_id,
    TRY_CAST(as_number(performance_score) AS DOUBLE) AS performance_score,
    as_label(engagement_level) AS engagement_level,
    as_label(learning_style) AS learning_style,
    TRY_CAST(as_int(assessments_submitted) AS INTEGER) AS assessments_submitted,
    TRY_CAST(as_number(mean_days_early) AS DOUBLE) AS mean_days_early,
    as_date(last_activity) AS last_activity,
    is_bad_number(performance_score) AS _bad_performance_score,
    is_bad_date(last_activity) AS _bad_last_activity,
    _source,
    _extracted_at,
    _op
FROM source('tableau_student_analytics')
