-- Faults of the Tableau workbooks. The form of the blocks is described in registrar.sql.

-- dirt: tableau_student_analytics | missing_score | no performance score: no result in OULAD (real)
SELECT count(*) FROM tableau.student_analytics WHERE "Performance Score" IS NULL;

-- dirt: tableau_student_analytics | exact_duplicates | the same row twice
INSERT INTO tableau.student_analytics SELECT * FROM tableau.student_analytics WHERE fate('analytics', "Student Id", 0, 40);
SELECT (SELECT count("Student Id") FROM tableau.student_analytics)
    - (SELECT count(*) FROM (SELECT DISTINCT * FROM tableau.student_analytics WHERE "Student Id" IS NOT NULL));

-- dirt: tableau_student_analytics | localised_numbers | performance score with a decimal comma: 72,5
UPDATE tableau.student_analytics SET "Performance Score" = replace("Performance Score", '.', ',') WHERE lot('analytics score', "Student Id", 0, 100) AND "Performance Score" IS NOT NULL;
SELECT count(*) FROM tableau.student_analytics WHERE "Performance Score" LIKE '%,%';

-- dirt: tableau_student_analytics | score_out_of_range | performance score of 140.0
UPDATE tableau.student_analytics SET "Performance Score" = '140.0' WHERE lot('analytics score', "Student Id", 100, 150);
SELECT count(*) FROM tableau.student_analytics WHERE "Performance Score" = '140.0';

-- dirt: tableau_student_analytics | wrong_case | engagement level in capitals
UPDATE tableau.student_analytics SET "Engagement Level" = upper("Engagement Level") WHERE lot('analytics level', "Student Id", 0, 70);
SELECT count(*) FROM tableau.student_analytics WHERE "Engagement Level" = upper("Engagement Level");

-- dirt: tableau_student_analytics | mixed_date_formats | last activity as 12/05/2014, 12 May 2014 or 20140512
UPDATE tableau.student_analytics SET "Last Activity" = reformatted("Last Activity", pick('analytics format', "Student Id", 3))
WHERE lot('analytics date', "Student Id", 0, 150) AND "Last Activity" IS NOT NULL;
SELECT count(*) FROM tableau.student_analytics WHERE NOT regexp_full_match("Last Activity", '\d{4}-\d\d-\d\d');

-- dirt: tableau_student_analytics | orphans | of a student the registrar does not know
UPDATE tableau.student_analytics SET "Student Id" = (9000000000 + "Student Id"::BIGINT)::VARCHAR WHERE fate('analytics', "Student Id", 40, 80);
SELECT count(*) FROM tableau.student_analytics WHERE "Student Id"::BIGINT > 9000000000;

-- dirt: tableau_student_analytics | null_ids | no student id
UPDATE tableau.student_analytics SET "Student Id" = NULL WHERE fate('analytics', "Student Id", 80, 115);
SELECT count(*) FROM tableau.student_analytics WHERE "Student Id" IS NULL;

-- dirt: tableau_job_market_trends | localised_numbers | counts and growth of a thousand or more, with a comma
SELECT count(*) FROM tableau.job_market_trends WHERE "Postings" LIKE '%,%' OR "Growth" LIKE '%,%';

-- dirt: tableau_job_market_trends | percent_signs | share with a per cent sign
UPDATE tableau.job_market_trends SET "Share" = "Share" || '%' WHERE lot('trends share', "Occupation" || "Month", 0, 200);
SELECT count(*) FROM tableau.job_market_trends WHERE ends_with("Share", '%');

-- dirt: tableau_job_market_trends | trailing_spaces | occupation with spaces behind
UPDATE tableau.job_market_trends SET "Occupation" = "Occupation" || '  ' WHERE lot('trends name', "Occupation" || "Month", 0, 150);
SELECT count(*) FROM tableau.job_market_trends WHERE "Occupation" LIKE '% ';
