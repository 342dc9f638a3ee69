-- Writes what the web interfaces serve: one JSON object a line as Workday shapes it, and the workbooks' views as CSV.
-- The placeholder {records} is the folder, quoted for use inside a string.

COPY (SELECT workday_id AS id, concat(first_name, ' ', last_name) AS descriptor, student_id AS "studentId", first_name AS "firstName",
             last_name AS "lastName", email, {id: program_id, descriptor: program} AS program,
             CASE WHEN career_interest IS NOT NULL THEN {descriptor: career_interest} END AS "careerInterest", skills,
             expected_graduation AS "expectedGraduation", {descriptor: status} AS status
      FROM workday.students)
TO '{records}/students.ndjson' (FORMAT json);

COPY (SELECT program_id AS id, title AS descriptor, title, {descriptor: level} AS level, {descriptor: department} AS "academicUnit",
             {descriptor: field} AS "fieldOfStudy", {id: occupation_code} AS occupation, {descriptor: status} AS status
      FROM workday.academic_programs)
TO '{records}/programsOfStudy.ndjson' (FORMAT json);

COPY (SELECT job_posting_id AS id, title, description AS "jobDescription", url, start_date AS "startDate", application_deadline AS "applicationDeadline",
             CASE WHEN location IS NOT NULL THEN {descriptor: location, country: {descriptor: country,
                 'alpha3Code': CASE country WHEN 'Japan' THEN 'JPN' ELSE 'USA' END}} END AS "primaryLocation",
             {descriptor: time_type} AS "timeType", {descriptor: job_type} AS "jobType", {descriptor: company} AS company,
             [{descriptor: category}] AS categories, CASE WHEN salary_min IS NOT NULL THEN {minimum: salary_min, maximum: salary_max, currency: currency} END AS salary,
             education, experience, {descriptor: status} AS status, false AS "spotlightJob"
      FROM workday.job_postings)
TO '{records}/jobPostings.ndjson' (FORMAT json);

-- The report on compensation and deadlines, as a customer's report writer would name its columns.
COPY (SELECT DISTINCT job_posting_id AS "Job_Posting_ID", application_deadline AS "Application_Deadline",
             salary_min::VARCHAR AS "Salary_Minimum", salary_max::VARCHAR AS "Salary_Maximum", currency AS "Currency"
      FROM workday.job_postings WHERE job_posting_id IS NOT NULL ORDER BY ALL)
TO '{records}/jobPostingTerms.ndjson' (FORMAT json);

COPY tableau.student_analytics TO '{records}/student_analytics.csv' (FORMAT csv, HEADER);

COPY tableau.job_market_trends TO '{records}/job_market_trends.csv' (FORMAT csv, HEADER);

COPY (SELECT * FROM answer_key ORDER BY ALL) TO '{records}/answer_key.parquet' (FORMAT parquet, COMPRESSION zstd);
