-- Job postings as they are searched and served. What a report states of pay and deadline goes before the posting's own.
WITH
skills AS (
    SELECT job_posting_id, list_sorted(skill) AS skills FROM ref('posting_skills') GROUP BY job_posting_id
)
SELECT
    j.job_posting_id,
    j.title,
    j.company,
    coalesce(j.location, j.country) AS location,
    struct_pack(
        skills := coalesce(s.skills, CAST([] AS VARCHAR[])),
        education := j.education,
        experience := j.experience) AS requirements,
    struct_pack(
        -- Taken whole from one place: a range from two would be nobody's offer.
        salary_range := coalesce(amount_range(t.salary_min, t.salary_max), amount_range(j.salary_min, j.salary_max)),
        currency := CASE WHEN amount_range(t.salary_min, t.salary_max) IS NOT NULL THEN t.currency
                         WHEN amount_range(j.salary_min, j.salary_max) IS NOT NULL THEN j.currency END) AS compensation,
    struct_pack(
        posting_date := j.posting_date,
        application_deadline := coalesce(t.application_deadline, j.application_deadline),
        status := coalesce(j.status, 'Open')) AS metadata,
    j.description,
    j.category,
    j.time_type,
    j.job_type,
    j.url,
    o.occupation_code,
    o.occupation,
    CAST(j.posting_date AS TIMESTAMP) AS updated_at
FROM ref('job_postings') AS j
LEFT JOIN ref('job_posting_terms') AS t ON t.job_posting_id = j.job_posting_id
LEFT JOIN skills AS s ON s.job_posting_id = j.job_posting_id
LEFT JOIN ref('occupation_matches') AS o ON o.title = j.title
