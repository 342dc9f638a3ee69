-- Faults of what Workday returns. The form of the blocks is described in registrar.sql.

-- dirt: workday_students | repeated_ids | the same Workday id twice, with another expected graduation
INSERT INTO workday.students SELECT * REPLACE ((expected_graduation::DATE + INTERVAL 1 YEAR)::DATE::VARCHAR AS expected_graduation)
FROM workday.students WHERE fate('workday', student_id, 0, 40);
SELECT count(*) FROM (SELECT workday_id FROM workday.students GROUP BY 1 HAVING count(DISTINCT expected_graduation) > 1);

-- dirt: workday_students | exact_duplicates | the same record twice
INSERT INTO workday.students SELECT * FROM workday.students WHERE fate('workday', student_id, 40, 80);
SELECT (SELECT count(*) FROM workday.students) - (SELECT count(*) FROM (SELECT DISTINCT * FROM workday.students));

-- dirt: workday_students | conflicting_email | an e-mail address that is not the registrar's
UPDATE workday.students SET email = regexp_replace(email, '\.\d+@', '@alumni.') WHERE lot('workday email', student_id, 0, 200);
SELECT count(*) FROM workday.students WHERE email LIKE '%@alumni.%';

-- dirt: workday_students | conflicting_name | only the initial of the first name
UPDATE workday.students SET first_name = first_name[1] || '.' WHERE lot('workday name', student_id, 0, 120);
SELECT count(*) FROM workday.students WHERE first_name LIKE '_.';

-- dirt: workday_students | missing_career_interest | no career interest
UPDATE workday.students SET career_interest = NULL WHERE lot('workday career', student_id, 0, 150);
SELECT count(*) FROM workday.students WHERE career_interest IS NULL;

-- dirt: workday_students | trailing_spaces | career interest with spaces around
UPDATE workday.students SET career_interest = '  ' || career_interest || ' ' WHERE lot('workday career', student_id, 150, 230);
SELECT count(*) FROM workday.students WHERE career_interest LIKE '% ';

-- dirt: workday_students | wrong_case | career interest in small letters
UPDATE workday.students SET career_interest = lower(career_interest) WHERE lot('workday career', student_id, 230, 310);
SELECT count(*) FROM workday.students WHERE career_interest = lower(career_interest);

-- dirt: workday_students | html_entities | "&amp;" for "and" in the programme's title
UPDATE workday.students SET program = replace(program, ' and ', ' &amp; ') WHERE program LIKE '% and %' AND lot('workday program', student_id, 0, 1200);
SELECT count(*) FROM workday.students WHERE program LIKE '%&amp;%';

-- dirt: workday_students | shouted_skills | declared skills in capitals (some are so by themselves: SAP)
UPDATE workday.students SET skills = list_transform(skills, lambda s: upper(s)) WHERE len(skills) > 0 AND lot('workday skills', student_id, 0, 120);
SELECT count(*) FROM workday.students WHERE len(skills) > 0 AND skills = list_transform(skills, lambda s: upper(s));

-- dirt: workday_students | mixed_date_formats | expected graduation as 15/07/2017, 15 Jul 2017 or 20170715
UPDATE workday.students SET expected_graduation = reformatted(expected_graduation, pick('workday format', student_id, 3))
WHERE lot('workday date', student_id, 0, 200);
SELECT count(*) FROM workday.students WHERE NOT regexp_full_match(expected_graduation, '\d{4}-\d\d-\d\d');

-- dirt: workday_students | impossible_date | expected graduation as 2017-13-01
UPDATE workday.students SET expected_graduation = impossible(expected_graduation) WHERE lot('workday date', student_id, 200, 240);
SELECT count(*) FROM workday.students WHERE regexp_full_match(expected_graduation, '\d{4}-(02-30|13-01)');

-- dirt: workday_students | orphans | of a student the registrar does not know
UPDATE workday.students SET student_id = (9000000000 + student_id::BIGINT)::VARCHAR WHERE fate('workday', student_id, 80, 120);
SELECT count(*) FROM workday.students WHERE student_id::BIGINT > 9000000000;

-- dirt: workday_students | null_ids | no student id
UPDATE workday.students SET student_id = NULL WHERE fate('workday', student_id, 120, 155);
SELECT count(*) FROM workday.students WHERE student_id IS NULL;

-- dirt: workday_academic_programs | html_entities | "&amp;" for "and" in the title
UPDATE workday.academic_programs SET title = replace(title, ' and ', ' &amp; ') WHERE title LIKE '% and %' AND pick('program title', program_id, 4) = 0;
SELECT count(*) FROM workday.academic_programs WHERE title LIKE '%&amp;%';

-- dirt: workday_academic_programs | exact_duplicates | the same programme twice
INSERT INTO workday.academic_programs SELECT * FROM workday.academic_programs ORDER BY pick('program twice', program_id, 1000000), program_id
LIMIT (SELECT greatest(1, count(*) // 100) FROM workday.academic_programs);
SELECT (SELECT count(*) FROM workday.academic_programs) - (SELECT count(*) FROM (SELECT DISTINCT * FROM workday.academic_programs));

-- dirt: workday_academic_programs | empty_strings | department of no characters
UPDATE workday.academic_programs SET department = '' WHERE program_id IN (SELECT program_id FROM workday.academic_programs
    ORDER BY pick('program department', program_id, 1000000), program_id LIMIT 2);
SELECT count(*) FROM workday.academic_programs WHERE department = '';

-- dirt: workday_job_postings | html_in_text | descriptions in HTML with tags and entities
SELECT count(*) FROM workday.job_postings WHERE description LIKE '%<%';

-- dirt: workday_job_postings | missing_location | no duty station
SELECT count(*) FROM workday.job_postings WHERE location IS NULL;

-- dirt: workday_job_postings | repeated_ids | the same posting id twice, with a later deadline
INSERT INTO workday.job_postings SELECT * REPLACE ((application_deadline::DATE + 14)::VARCHAR AS application_deadline)
FROM workday.job_postings WHERE fate('postings', job_posting_id, 0, 45);
SELECT count(*) FROM (SELECT job_posting_id FROM workday.job_postings WHERE job_posting_id IS NOT NULL GROUP BY 1 HAVING count(DISTINCT application_deadline) > 1);

-- dirt: workday_job_postings | exact_duplicates | the same posting twice
INSERT INTO workday.job_postings SELECT * FROM workday.job_postings WHERE fate('postings', job_posting_id, 45, 90);
SELECT (SELECT count(*) FROM workday.job_postings) - (SELECT count(*) FROM (SELECT DISTINCT * FROM workday.job_postings));

-- dirt: workday_job_postings | mixed_date_formats | deadline as 14/02/2024, 14 Feb 2024 or 20240214
UPDATE workday.job_postings SET application_deadline = reformatted(application_deadline, pick('posting format', job_posting_id, 3))
WHERE lot('posting date', job_posting_id, 0, 150);
SELECT count(*) FROM workday.job_postings WHERE NOT regexp_full_match(application_deadline, '\d{4}-\d\d-\d\d');

-- dirt: workday_job_postings | impossible_date | deadline as 2024-02-30
UPDATE workday.job_postings SET application_deadline = impossible(application_deadline) WHERE lot('posting date', job_posting_id, 150, 195);
SELECT count(*) FROM workday.job_postings WHERE regexp_full_match(application_deadline, '\d{4}-(02-30|13-01)');

-- dirt: workday_job_postings | deadline_before_start | the deadline a month before the posting opens
UPDATE workday.job_postings SET application_deadline = (start_date::DATE - 30)::VARCHAR WHERE lot('posting date', job_posting_id, 195, 240);
SELECT count(*) FROM workday.job_postings WHERE try_cast(application_deadline AS DATE) < start_date::DATE;

-- dirt: workday_job_postings | double_spaces | title with doubled and trailing spaces
UPDATE workday.job_postings SET title = replace(title, ' ', '  ') || ' ' WHERE lot('posting title', job_posting_id, 0, 90);
SELECT count(*) FROM workday.job_postings WHERE title LIKE '% ';

-- dirt: workday_job_postings | wrong_case | title in capitals (some really are)
UPDATE workday.job_postings SET title = upper(title) WHERE lot('posting title', job_posting_id, 90, 190);
SELECT count(*) FROM workday.job_postings WHERE title = upper(title);

-- dirt: workday_job_postings | trailing_spaces | company with spaces around
UPDATE workday.job_postings SET company = ' ' || company || '  ' WHERE lot('posting company', job_posting_id, 0, 60);
SELECT count(*) FROM workday.job_postings WHERE company LIKE '% ';

-- dirt: workday_job_postings | empty_strings | description of no characters
UPDATE workday.job_postings SET description = '' WHERE lot('posting text', job_posting_id, 0, 45);
SELECT count(*) FROM workday.job_postings WHERE description = '';

-- dirt: workday_job_postings | script_in_text | a script and a style sheet inside the description
UPDATE workday.job_postings SET description = '<style>p{color:red}</style><script>alert("apply now")</script>' || description WHERE lot('posting text', job_posting_id, 45, 90);
SELECT count(*) FROM workday.job_postings WHERE description LIKE '%<script>%';

-- dirt: workday_job_postings | null_ids | no posting id
UPDATE workday.job_postings SET job_posting_id = NULL WHERE fate('postings', job_posting_id, 90, 130);
SELECT count(*) FROM workday.job_postings WHERE job_posting_id IS NULL;
