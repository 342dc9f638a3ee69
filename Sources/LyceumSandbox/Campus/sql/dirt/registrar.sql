-- Faults of the student database. Each block: "-- dirt: table | kind | what it is", the statement that makes it (none where
-- the real data has it already), and last a query that counts it. `fate` deals each row at most one fate; columns draw apart.

-- dirt: oracle_students | conflicting_demographics | one student, several rows that disagree on region, education or age (real)
SELECT count(*) FROM (SELECT student_id FROM registrar.students WHERE student_id IS NOT NULL AND status <> 'Suspended'
    GROUP BY student_id, email HAVING count(DISTINCT (lower(regexp_replace(trim(region), ' +', ' ', 'g')), highest_education, coalesce(imd_band, ''), age_band, disability)) > 1);

-- dirt: oracle_students | missing_imd_band | no deprivation band (real)
SELECT count(*) FROM registrar.students WHERE imd_band IS NULL;

-- dirt: oracle_students | resent_rows | sent again later, with another status
INSERT INTO registrar.students SELECT * REPLACE ('Suspended' AS status, updated_at + to_days(1 + pick('students resent', student_id, 20)::INTEGER) AS updated_at)
FROM registrar.students WHERE fate('students', student_id, 0, 60) QUALIFY row_number() OVER (PARTITION BY student_id ORDER BY updated_at DESC) = 1;
SELECT count(*) FROM registrar.students WHERE status = 'Suspended';

-- dirt: oracle_students | exact_duplicates | the same row twice
INSERT INTO registrar.students SELECT * FROM registrar.students WHERE fate('students', student_id, 60, 120);
SELECT (SELECT count(*) FROM registrar.students) - (SELECT count(*) FROM (SELECT DISTINCT * FROM registrar.students));

-- dirt: oracle_students | gpa_out_of_range | grade point average of 9.9
UPDATE registrar.students SET gpa = 9.9 WHERE lot('students gpa', student_id, 0, 40);
SELECT count(*) FROM registrar.students WHERE gpa > 4;

-- dirt: oracle_students | date_day_month_year | registered_on as 25/04/2013
UPDATE registrar.students SET registered_on = strftime(registered_on::DATE, '%d/%m/%Y')
WHERE lot('students date', student_id, 0, 150) AND registered_on IS NOT NULL;
SELECT count(*) FROM registrar.students WHERE regexp_full_match(registered_on, '\d\d/\d\d/\d{4}');

-- dirt: oracle_students | date_in_words | registered_on as 25 Apr 2013
UPDATE registrar.students SET registered_on = strftime(registered_on::DATE, '%-d %b %Y')
WHERE lot('students date', student_id, 150, 250) AND registered_on IS NOT NULL;
SELECT count(*) FROM registrar.students WHERE regexp_full_match(registered_on, '\d{1,2} [A-Z][a-z]{2} \d{4}');

-- dirt: oracle_students | date_compact | registered_on as 20130425
UPDATE registrar.students SET registered_on = strftime(registered_on::DATE, '%Y%m%d')
WHERE lot('students date', student_id, 250, 330) AND registered_on IS NOT NULL;
SELECT count(*) FROM registrar.students WHERE regexp_full_match(registered_on, '\d{8}');

-- dirt: oracle_students | impossible_date | registered_on as 2013-02-30
UPDATE registrar.students SET registered_on = impossible(registered_on)
WHERE lot('students date', student_id, 330, 370) AND registered_on IS NOT NULL;
SELECT count(*) FROM registrar.students WHERE regexp_full_match(registered_on, '\d{4}-(02-30|13-01)');

-- dirt: oracle_students | trailing_spaces | region with spaces behind
UPDATE registrar.students SET region = region || '  ' WHERE lot('students region', student_id, 0, 80);
SELECT count(*) FROM registrar.students WHERE region LIKE '% ';

-- dirt: oracle_students | double_spaces | region with doubled spaces inside
UPDATE registrar.students SET region = replace(region, ' ', '  ') WHERE lot('students region', student_id, 80, 160) AND region LIKE '% %';
SELECT count(*) FROM registrar.students WHERE regexp_matches(region, '\S  +\S');

-- dirt: oracle_students | wrong_case | region or status in the wrong case
UPDATE registrar.students SET region = CASE WHEN lot('students region', student_id, 160, 220) THEN upper(region) ELSE region END,
    status = CASE WHEN lot('students status', student_id, 0, 50) AND status <> 'Suspended' THEN lower(status) ELSE status END
WHERE lot('students region', student_id, 160, 220) OR (lot('students status', student_id, 0, 50) AND status <> 'Suspended');
SELECT count(*) FROM registrar.students WHERE region = upper(region) OR status = lower(status);

-- dirt: oracle_students | not_nfc | accented last names as letter and combining mark
UPDATE registrar.students SET last_name = decomposed(last_name) WHERE last_name <> decomposed(last_name) AND lot('students name', student_id, 0, 7000);
SELECT count(*) FROM registrar.students WHERE last_name <> nfc_normalize(last_name);

-- dirt: oracle_students | shouted_names | last name in capitals
UPDATE registrar.students SET last_name = upper(last_name) WHERE lot('students name', student_id, 7000, 7080);
SELECT count(*) FROM registrar.students WHERE last_name = upper(last_name);

-- dirt: oracle_students | missing_email | no e-mail address
UPDATE registrar.students SET email = NULL WHERE lot('students email', student_id, 0, 60) AND NOT fate('students', student_id, 120, 200);
SELECT count(*) FROM registrar.students WHERE email IS NULL;

-- dirt: oracle_students | empty_strings | e-mail address of no characters
UPDATE registrar.students SET email = '' WHERE lot('students email', student_id, 60, 110) AND NOT fate('students', student_id, 120, 200);
SELECT count(*) FROM registrar.students WHERE email = '';

-- dirt: oracle_students | malformed_email | " at " for the at sign
UPDATE registrar.students SET email = replace(email, '@', ' at ') WHERE lot('students email', student_id, 110, 160) AND NOT fate('students', student_id, 120, 200);
SELECT count(*) FROM registrar.students WHERE email LIKE '% at %';

-- dirt: oracle_students | choices_as_typed | directory_opt_out or employer_consent in small letters, with spaces or as a word
UPDATE registrar.students SET directory_opt_out = CASE WHEN lot('students opt-out', student_id, 0, 60) THEN ' ' || lower(directory_opt_out) || ' '
        WHEN lot('students opt-out', student_id, 60, 100) THEN CASE directory_opt_out WHEN 'Y' THEN 'Yes' ELSE 'No' END ELSE directory_opt_out END,
    employer_consent = CASE WHEN lot('students consent', student_id, 0, 60) THEN lower(employer_consent)
        WHEN lot('students consent', student_id, 60, 100) THEN employer_consent || '  ' ELSE employer_consent END
WHERE lot('students opt-out', student_id, 0, 100) OR lot('students consent', student_id, 0, 100);
SELECT count(*) FROM registrar.students WHERE lower(trim(directory_opt_out)) IN ('y', 'n', 'yes', 'no') AND directory_opt_out NOT IN ('Y', 'N')
    OR lower(trim(employer_consent)) IN ('y', 'n') AND employer_consent NOT IN ('Y', 'N');

-- dirt: oracle_students | unreadable_choices | directory_opt_out or employer_consent that is neither yes nor no
UPDATE registrar.students SET directory_opt_out = CASE WHEN lot('students opt-out', student_id, 100, 140) THEN '?' ELSE directory_opt_out END,
    employer_consent = CASE WHEN lot('students consent', student_id, 100, 140) THEN 'X' ELSE employer_consent END
WHERE lot('students opt-out', student_id, 100, 140) OR lot('students consent', student_id, 100, 140);
SELECT count(*) FROM registrar.students WHERE directory_opt_out = '?' OR employer_consent = 'X';

-- dirt: oracle_students | adviser_as_typed | adviser_id in small letters with a space behind
UPDATE registrar.students SET adviser_id = lower(adviser_id) || ' ' WHERE lot('students adviser', student_id, 0, 60);
SELECT count(*) FROM registrar.students WHERE adviser_id LIKE 'adv-% ';

-- dirt: oracle_students | missing_adviser | no adviser
UPDATE registrar.students SET adviser_id = NULL WHERE lot('students adviser', student_id, 60, 160);
SELECT count(*) FROM registrar.students WHERE adviser_id IS NULL;

-- dirt: oracle_students | repeated_ids | the id of another student
UPDATE registrar.students SET student_id = o.other
FROM (SELECT student_id AS own, lag(student_id) OVER (ORDER BY student_id) AS other FROM person) o
WHERE registrar.students.student_id = o.own AND o.other IS NOT NULL AND fate('students', o.own, 120, 160) AND NOT fate('students', o.other, 120, 200);
SELECT count(*) FROM registrar.students WHERE email LIKE '%@%' AND email NOT LIKE '%.' || student_id || '@%';

-- dirt: oracle_students | null_ids | no student id
UPDATE registrar.students SET student_id = NULL WHERE fate('students', student_id, 160, 200);
SELECT count(*) FROM registrar.students WHERE student_id IS NULL;

-- dirt: oracle_courses | html_in_text | description in HTML with entities
UPDATE registrar.courses SET description = '<p>' || html(description) || '</p>' WHERE course_id IN (
    SELECT course_id FROM registrar.courses ORDER BY pick('courses html', course_id, 1000000), course_id
    LIMIT (SELECT greatest(2, count(*) // 50) FROM registrar.courses));
SELECT count(*) FROM registrar.courses WHERE description LIKE '<p>%';

-- dirt: oracle_courses | double_spaces | title with doubled and trailing spaces
UPDATE registrar.courses SET title = replace(title, ' ', '  ') || ' ' WHERE course_id IN (
    SELECT course_id FROM registrar.courses ORDER BY pick('courses spaces', course_id, 1000000), course_id
    LIMIT (SELECT greatest(2, count(*) // 50) FROM registrar.courses));
SELECT count(*) FROM registrar.courses WHERE title LIKE '% ';

-- dirt: oracle_enrollments | missing_registration_date | no date of registration (real)
SELECT count(*) FROM registrar.enrollments WHERE registered_on IS NULL;

-- dirt: oracle_enrollments | resent_rows | sent again later, with the result changed
INSERT INTO registrar.enrollments SELECT * REPLACE (CASE final_result WHEN 'Fail' THEN 'Pass' WHEN 'Pass' THEN 'Distinction' ELSE 'Fail' END AS final_result,
    updated_at + to_days(1 + pick('enrollments resent', enrollment_id, 20)::INTEGER) AS updated_at)
FROM registrar.enrollments WHERE fate('enrollments', enrollment_id, 0, 40);
SELECT count(*) FROM (SELECT enrollment_id FROM registrar.enrollments WHERE enrollment_id IS NOT NULL GROUP BY 1 HAVING count(DISTINCT updated_at) > 1);

-- dirt: oracle_enrollments | exact_duplicates | the same row twice
INSERT INTO registrar.enrollments SELECT * FROM registrar.enrollments WHERE fate('enrollments', enrollment_id, 40, 80);
SELECT (SELECT count(*) FROM registrar.enrollments) - (SELECT count(*) FROM (SELECT DISTINCT * FROM registrar.enrollments));

-- dirt: oracle_enrollments | orphans | of a student who does not exist
UPDATE registrar.enrollments SET student_id = 9000000000 + student_id WHERE fate('enrollments', enrollment_id, 80, 120);
SELECT count(*) FROM registrar.enrollments WHERE student_id > 9000000000;

-- dirt: oracle_enrollments | unknown_course | on a course that does not exist
UPDATE registrar.enrollments SET course_id = 'ZZZ' || substr(course_id, 4) WHERE fate('enrollments', enrollment_id, 120, 150);
SELECT count(*) FROM registrar.enrollments WHERE course_id LIKE 'ZZZ%';

-- dirt: oracle_enrollments | mixed_date_formats | registered_on as 25/04/2013, 25 Apr 2013 or 20130425
UPDATE registrar.enrollments SET registered_on = reformatted(registered_on, pick('enrollments format', enrollment_id, 3))
WHERE lot('enrollments date', enrollment_id, 0, 200) AND registered_on IS NOT NULL;
SELECT count(*) FROM registrar.enrollments WHERE registered_on IS NOT NULL AND NOT regexp_full_match(registered_on, '\d{4}-\d\d-\d\d');

-- dirt: oracle_enrollments | impossible_date | registered_on as 2013-02-30
UPDATE registrar.enrollments SET registered_on = impossible(registered_on) WHERE lot('enrollments date', enrollment_id, 200, 240) AND registered_on IS NOT NULL;
SELECT count(*) FROM registrar.enrollments WHERE regexp_full_match(registered_on, '\d{4}-(02-30|13-01)');

-- dirt: oracle_enrollments | wrong_case | final_result in capitals
UPDATE registrar.enrollments SET final_result = upper(final_result) WHERE lot('enrollments result', enrollment_id, 0, 60);
SELECT count(*) FROM registrar.enrollments WHERE final_result <> '' AND final_result = upper(final_result);

-- dirt: oracle_enrollments | trailing_spaces | final_result with spaces around
UPDATE registrar.enrollments SET final_result = ' ' || final_result || '  ' WHERE lot('enrollments result', enrollment_id, 60, 110);
SELECT count(*) FROM registrar.enrollments WHERE final_result LIKE '% ';

-- dirt: oracle_enrollments | empty_strings | final_result of no characters
UPDATE registrar.enrollments SET final_result = '' WHERE lot('enrollments result', enrollment_id, 110, 145);
SELECT count(*) FROM registrar.enrollments WHERE final_result = '';

-- dirt: oracle_enrollments | null_ids | no enrollment id
UPDATE registrar.enrollments SET enrollment_id = NULL WHERE fate('enrollments', enrollment_id, 150, 180);
SELECT count(*) FROM registrar.enrollments WHERE enrollment_id IS NULL;

-- dirt: oracle_academic_records | missing_score | no score (real)
SELECT count(*) FROM registrar.academic_records WHERE score IS NULL;

-- dirt: oracle_academic_records | resent_rows | sent again later, with the score corrected
INSERT INTO registrar.academic_records SELECT * REPLACE (greatest(0, score - 5) AS score,
    updated_at + to_days(1 + pick('records resent', record_id, 20)::INTEGER) AS updated_at)
FROM registrar.academic_records WHERE fate('records', record_id, 0, 30);
SELECT count(*) FROM (SELECT record_id FROM registrar.academic_records WHERE record_id IS NOT NULL GROUP BY 1 HAVING count(DISTINCT updated_at) > 1);

-- dirt: oracle_academic_records | exact_duplicates | the same row twice
INSERT INTO registrar.academic_records SELECT * FROM registrar.academic_records WHERE fate('records', record_id, 30, 60);
SELECT (SELECT count(*) FROM registrar.academic_records) - (SELECT count(*) FROM (SELECT DISTINCT * FROM registrar.academic_records));

-- dirt: oracle_academic_records | score_out_of_range | score of 140, or below nothing
UPDATE registrar.academic_records SET score = CASE WHEN lot('records score', record_id, 0, 20) THEN 140 ELSE -1 END WHERE lot('records score', record_id, 0, 30);
SELECT count(*) FROM registrar.academic_records WHERE score > 100 OR score < 0;

-- dirt: oracle_academic_records | wrong_case | assessment_type in small letters
UPDATE registrar.academic_records SET assessment_type = lower(assessment_type) WHERE lot('records type', record_id, 0, 30);
SELECT count(*) FROM registrar.academic_records WHERE assessment_type = lower(assessment_type);

-- dirt: oracle_academic_records | orphans | of a student who does not exist
UPDATE registrar.academic_records SET student_id = 9000000000 + student_id WHERE fate('records', record_id, 60, 90);
SELECT count(*) FROM registrar.academic_records WHERE student_id > 9000000000;

-- dirt: oracle_academic_records | null_ids | no record id
UPDATE registrar.academic_records SET record_id = NULL WHERE fate('records', record_id, 90, 105);
SELECT count(*) FROM registrar.academic_records WHERE record_id IS NULL;
