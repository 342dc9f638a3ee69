-- Compensation and deadline of job postings, from a report for those tenants that have one.
SELECT
    as_id(job_posting_id) AS job_posting_id,
    as_date(application_deadline) AS application_deadline,
    TRY_CAST(as_number(salary_min) AS DOUBLE) AS salary_min,
    TRY_CAST(as_number(salary_max) AS DOUBLE) AS salary_max,
    as_code(currency) AS currency,
    is_bad_date(application_deadline) AS _bad_application_deadline,
    is_bad_number(salary_min) OR is_bad_number(salary_max) AS _bad_salary,
    _source,
    _extracted_at,
    _op
FROM source('workday_job_posting_terms')
