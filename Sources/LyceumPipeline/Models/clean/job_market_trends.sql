-- Postings per occupation and month, from the job market workbook.
SELECT
    as_text(occupation) AS occupation,
    as_month(month) AS month,
    TRY_CAST(as_int(postings) AS INTEGER) AS postings,
    TRY_CAST(as_number(share) AS DOUBLE) AS share,
    TRY_CAST(as_number(growth) AS DOUBLE) AS growth,
    month IS NOT NULL AND as_month(month) IS NULL AS _bad_month,
    _source,
    _extracted_at,
    _op
FROM source('tableau_job_market_trends')
