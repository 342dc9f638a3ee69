-- Reduces OULAD, the USAJobs announcements and O*NET to the facts the sandbox needs. Run by scripts/campus-data.
-- Placeholders: {originals}, {output}. Statements end with a semicolon at the end of a line.

-- ---------------------------------------------------------------- OULAD, as it is
CREATE TABLE student_info AS
SELECT code_module, code_presentation, id_student::BIGINT AS id_student, gender, region, highest_education,
       imd_band, age_band, num_of_prev_attempts::SMALLINT AS num_of_prev_attempts,
       studied_credits::SMALLINT AS studied_credits, disability, final_result
FROM read_csv('{originals}/oulad/studentInfo.csv', all_varchar = true, header = true, nullstr = ['', '?']);

CREATE TABLE student_registration AS
SELECT code_module, code_presentation, id_student::BIGINT AS id_student,
       date_registration::SMALLINT AS date_registration, date_unregistration::SMALLINT AS date_unregistration
FROM read_csv('{originals}/oulad/studentRegistration.csv', all_varchar = true, header = true, nullstr = ['', '?']);

CREATE TABLE assessments AS
SELECT code_module, code_presentation, id_assessment::INTEGER AS id_assessment, assessment_type,
       date::SMALLINT AS date, weight::DECIMAL(5, 2) AS weight
FROM read_csv('{originals}/oulad/assessments.csv', all_varchar = true, header = true, nullstr = ['', '?']);

CREATE TABLE student_assessment AS
SELECT id_assessment::INTEGER AS id_assessment, id_student::BIGINT AS id_student,
       date_submitted::SMALLINT AS date_submitted, is_banked::SMALLINT AS is_banked, score::SMALLINT AS score
FROM read_csv('{originals}/oulad/studentAssessment.csv', all_varchar = true, header = true, nullstr = ['', '?']);

CREATE TABLE courses AS
SELECT code_module, code_presentation, module_presentation_length::SMALLINT AS module_presentation_length
FROM read_csv('{originals}/oulad/courses.csv', all_varchar = true, header = true);

-- ---------------------------------------------------------------- O*NET
CREATE MACRO onet(file) AS TABLE
SELECT * FROM read_csv('{originals}/onet/' || file, delim = '\t', quote = '', header = true, all_varchar = true,
                       normalize_names = true);

CREATE TABLE occupations AS
SELECT o.onetsoc_code AS code, o.title, z.job_zone::TINYINT AS job_zone
FROM onet('Occupation_Data.txt') o LEFT JOIN onet('Job_Zones.txt') z USING (onetsoc_code);

-- Position orders an occupation's products: in demand first, then hot ones, then the rest; within these the ones that are
-- more usual in the occupation's family (first two digits of its code) than elsewhere.
CREATE TABLE technology_skills AS
WITH listed AS (
    SELECT onetsoc_code AS code, example AS skill, commodity_title AS commodity,
           hot_technology = 'Y' AS hot, in_demand = 'Y' AS in_demand
    FROM onet('Technology_Skills.txt')),
usual AS (SELECT skill, count(*) AS everywhere FROM listed GROUP BY 1),
family AS (SELECT skill, code[:2] AS family, count(*) AS here FROM listed GROUP BY 1, 2)
SELECT l.*, row_number() OVER (PARTITION BY code ORDER BY in_demand DESC, hot DESC, here / (everywhere + 5) DESC, skill)::SMALLINT AS position
FROM listed l JOIN usual USING (skill) JOIN family f ON f.skill = l.skill AND f.family = l.code[:2];

-- Knowledge areas and skills of an importance of 3 (of 5) or more.
CREATE TABLE measured_abilities AS
SELECT onetsoc_code AS code, 'knowledge' AS kind, element_name AS name, data_value::DECIMAL(4, 2) AS importance
FROM onet('Knowledge.tsv') WHERE scale_id = 'IM' AND data_value::DOUBLE >= 3
UNION ALL
SELECT onetsoc_code, 'skill', element_name, data_value::DECIMAL(4, 2)
FROM onet('Skills.tsv') WHERE scale_id = 'IM' AND data_value::DOUBLE >= 3;

-- Occupations that O*NET has not measured yet take the figures of their closest related occupation that it has.
CREATE TABLE abilities AS
WITH missing AS (
    SELECT o.code, r.related_onetsoc_code AS stand_in
    FROM occupations o JOIN onet('Related_Occupations.txt') r ON r.onetsoc_code = o.code
    WHERE o.code NOT IN (SELECT code FROM measured_abilities)
      AND r.related_onetsoc_code IN (SELECT code FROM measured_abilities)
    QUALIFY row_number() OVER (PARTITION BY o.code ORDER BY r._index::INTEGER) = 1)
SELECT code, kind, name, importance, false AS borrowed FROM measured_abilities
UNION ALL
SELECT m.code, a.kind, a.name, a.importance, true FROM missing m JOIN measured_abilities a ON a.code = m.stand_in;

-- ---------------------------------------------------------------- USAJobs announcements
CREATE TABLE announcement_facts AS
WITH listed AS (
    SELECT control_number::VARCHAR AS control_number, position_title AS title, department, agency, subagency,
           occupation_series AS series, appointment_type, hiring_paths, open_date::DATE AS opens,
           close_date::DATE AS closes, usajobs_url AS url, NULL::INTEGER AS salary_min, NULL::INTEGER AS salary_max,
           NULL::VARCHAR AS pay_scale, NULL::VARCHAR AS stations
    FROM read_json('{originals}/usajobs/jobs_*.json', format = 'array', union_by_name = true)
    QUALIFY row_number() OVER (PARTITION BY control_number ORDER BY close_date DESC, position_title) = 1),
recent AS (
    SELECT regexp_extract(url, '(\d+)$') AS control_number, title, department, organization AS agency,
           NULL::VARCHAR AS subagency,
           [CASE WHEN title ILIKE '%DATA SCIENTIST%' THEN '1560 - Data Science'
                 WHEN title ILIKE '%OPERATIONS RESEARCH%' THEN '1515 - Operations Research'
                 WHEN title ILIKE '%METROLOGIST%' THEN '1301 - General Physical Science'
                 ELSE '0801 - General Engineering' END] AS series,
           nullif(appointment_type, '') AS appointment_type, NULL::VARCHAR[] AS hiring_paths,
           open_date[:10]::DATE AS opens, close_date[:10]::DATE AS closes, replace(url, ':443', '') AS url,
           min_salary::DECIMAL(12, 2)::INTEGER AS salary_min, max_salary::DECIMAL(12, 2)::INTEGER AS salary_max,
           pay_scale, location AS stations
    FROM read_json('{originals}/usajobs/recent_jobs_with_duties.json', format = 'array'))
SELECT * FROM listed WHERE control_number NOT IN (SELECT control_number FROM recent)
UNION ALL SELECT * FROM recent;

-- Duty stations of the recent announcements: "Rome, New York, New York" is Rome in the state of New York.
CREATE TABLE announcement_stations AS
SELECT control_number, position,
       array_to_string(CASE WHEN len(parts) > 2 AND parts[-1] = parts[-2] THEN parts[:-2] ELSE parts END, ', ') AS place,
       CASE WHEN len(parts) > 2 AND parts[-1] = parts[-2] THEN 'United States of America' ELSE parts[-1] END AS country
FROM (SELECT control_number, unnest(range(1, len(listed) + 1)) AS position,
             string_split(unnest(listed), ', ') AS parts
      FROM (SELECT control_number, string_split(stations, '; ') AS listed FROM announcement_facts WHERE stations IS NOT NULL));

-- ---------------------------------------------------------------- which occupation an announcement is for
CREATE MACRO normal(t) AS trim(regexp_replace(list_aggregate(list_transform(
    string_split(trim(regexp_replace(regexp_replace(lower(t), '\([^)]*\)', ' ', 'g'), '[^a-z0-9]+', ' ', 'g')), ' '),
    lambda w: CASE WHEN w IN ('supervisory', 'supv', 'lead', 'interdisciplinary', 'temporary', 'student', 'trainee',
                              'series', 'general', 'miscellaneous', 'and', 'of', 'the', 'for', 'to', 'in', 'except', 'all', 'other')
                   THEN '' WHEN length(w) > 3 AND w LIKE '%ies' THEN w[:-4] || 'y'
                   WHEN length(w) > 3 AND w LIKE '%s' AND w NOT LIKE '%ss' THEN w[:-2] ELSE w END),
    'string_agg', ' '), ' +', ' ', 'g'));

-- The series' words as the job titles have them: "Economics" is not a title, "Economist" is.
CREATE MACRO series_title(s) AS trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    normal(regexp_replace(s, '^\d+ - ', '')),
    '\bengineering\b', 'engineer'), '\baccounting\b', 'accountant'), '\b(statistic|mathematical statistic)\b', 'statistician'),
    '\b(analysi|analysis)\b', 'analyst'), '\bscience\b', 'scientist'));

CREATE TABLE known_titles AS
SELECT code, title, normal(title) AS words, 1 AS rank FROM occupations
UNION SELECT onetsoc_code, reported_job_title, normal(reported_job_title), 2 FROM onet('Sample_of_Reported_Titles.txt')
UNION SELECT onetsoc_code, alternate_title, normal(alternate_title), 3 FROM onet('Alternate_Titles.txt');

-- The specialities that US agencies put behind "IT Specialist".
CREATE TABLE specialities AS
SELECT * FROM (VALUES ('INFOSEC', '15-1212.00'), ('SECURITY', '15-1212.00'), ('NETWORK', '15-1241.00'),
    ('APPSW', '15-1252.00'), ('DATAMGT', '15-1242.00'), ('DATA MANAGEMENT', '15-1242.00'), ('SYSADMIN', '15-1244.00'),
    ('CUSTSPT', '15-1232.00'), ('SYSANALYSIS', '15-1211.00'), ('PLCYPLN', '15-1299.09'), ('PROJMGT', '15-1299.09'),
    ('INET', '15-1299.01'), ('OS', '15-1244.00'), ('ENTARCH', '15-1299.08')) AS t(word, code);

-- Series whose announcements carry titles that mean something else outside government.
CREATE TABLE series_occupations AS
SELECT * FROM (VALUES ('1102', '13-1023.00'), ('0130', '19-3094.00'), ('0119', '19-4061.00'), ('1109', '13-2031.00'),
    ('0855', '17-2072.00'), ('1176', '11-3013.00'), ('0501', '13-2031.00'), ('0967', '43-4061.00'), ('0110', '19-3011.00'),
    ('1301', '19-2099.01'), ('0801', '17-2112.00'), ('0301', '13-1111.00'), ('0303', '43-9061.00'), ('0306', '15-1299.03'),
    ('1160', '13-2051.00'), ('1170', '13-2023.00')) AS t(number, code);

CREATE TABLE wanted AS
SELECT row_number() OVER (ORDER BY title, series) AS id, title, series, normal(title) AS words,
       coalesce(series_title(series), '') AS series_words
FROM (SELECT DISTINCT title, series[1] AS series FROM announcement_facts);

CREATE TABLE word_weights AS
SELECT word, ln(1 + (SELECT count(*) FROM known_titles) / count(*)) AS weight
FROM (SELECT DISTINCT code, title, unnest(string_split(words, ' ')) AS word FROM known_titles) WHERE word <> ''
GROUP BY word;

CREATE TABLE known_words AS
SELECT DISTINCT k.code, k.rank, k.words, w.word, w.weight
FROM (SELECT code, rank, words, unnest(string_split(words, ' ')) AS word FROM known_titles) k
JOIN word_weights w USING (word);

CREATE TABLE known_sizes AS SELECT code, rank, words, sum(weight) AS size FROM known_words GROUP BY ALL;

-- Weighted overlap (Dice): twice the weight of shared words over the weight of all words of both.
CREATE TABLE asked AS
SELECT DISTINCT text FROM (SELECT words AS text FROM wanted UNION SELECT series_words FROM wanted) WHERE text <> '';

CREATE TABLE asked_words AS
SELECT DISTINCT text, word, coalesce(weight, 11) AS weight
FROM (SELECT text, unnest(string_split(text, ' ')) AS word FROM asked) LEFT JOIN word_weights USING (word);

CREATE TABLE resemblances AS
WITH shared AS (
    SELECT a.text, k.code, k.rank, k.words, sum(k.weight) AS shared
    FROM asked_words a JOIN known_words k USING (word) GROUP BY ALL),
scored AS (
    -- Rounded, for the order in which a sum is made changes its last digits, and they must not decide.
    SELECT s.text, s.code, s.rank, round(2 * s.shared / (z.size + t.size), 6) AS score
    FROM shared s JOIN known_sizes z USING (code, rank, words)
    JOIN (SELECT text, sum(weight) AS size FROM asked_words GROUP BY text) t USING (text))
SELECT text, code, max(score) AS score, min(rank) AS rank FROM scored WHERE score >= 0.2 GROUP BY text, code;

CREATE TABLE matched AS
WITH candidates AS (
    SELECT w.id, s.code, 'speciality' AS how, 0.0 AS step, 1.0 AS score, 0 AS rank
    FROM wanted w JOIN specialities s
      ON regexp_matches(w.title, '(?i)\b(IT|information technology)\b.*special|\bIT SPEC') AND regexp_matches(upper(w.title), '\b' || s.word || '\b')
    UNION ALL
    -- Catch-all series (0301, 0303) only decide for titles that are no occupation's own.
    SELECT w.id, s.code, 'series by hand', CASE WHEN s.number IN ('0301', '0303', '1301', '0801') THEN 1.5 ELSE 0.5 END, 1.0, 0
    FROM wanted w JOIN series_occupations s ON w.series LIKE s.number || ' -%'
    UNION ALL
    SELECT w.id, o.code, 'title', 0.2, 1.0, 0 FROM wanted w JOIN occupations o ON normal(o.title) = w.words
    UNION ALL
    SELECT w.id, k.code, 'title', 1, 1.0, k.rank FROM wanted w JOIN known_titles k USING (words) WHERE w.words <> ''
    UNION ALL
    SELECT w.id, k.code, 'series', 2, 1.0, k.rank FROM wanted w JOIN known_titles k ON k.words = w.series_words
    WHERE w.series_words <> ''
    UNION ALL
    SELECT w.id, o.code, 'words', 3, round(0.7 * coalesce(o.score, 0) + 0.3 * coalesce(s.score, 0), 6), o.rank
    FROM wanted w JOIN resemblances o ON o.text = w.words
    LEFT JOIN resemblances s ON s.text = w.series_words AND s.code = o.code
    UNION ALL
    SELECT w.id, s.code, 'series words', 4, s.score, s.rank FROM wanted w JOIN resemblances s ON s.text = w.series_words
    UNION ALL
    SELECT w.id, '13-1111.00', 'none', 5, 0, 9 FROM wanted w)
SELECT c.id, c.code, c.how, round(c.score, 3) AS score
FROM candidates c JOIN wanted w USING (id)
LEFT JOIN resemblances s ON s.text = w.series_words AND s.code = c.code
-- Catch-all occupations ("…, All Other") have no skills in O*NET, so they are of no use here.
WHERE c.code IN (SELECT code FROM technology_skills) AND c.code IN (SELECT code FROM abilities)
QUALIFY row_number() OVER (PARTITION BY c.id
    ORDER BY c.step, c.score DESC, coalesce(s.score, 0) DESC, c.rank, c.code) = 1;

CREATE TABLE announcements AS
SELECT a.* EXCLUDE (series), a.series[1] AS series, m.code AS occupation_code, m.how AS matched_by,
       m.score::FLOAT AS match_score
FROM announcement_facts a
JOIN wanted w ON w.title = a.title AND w.series IS NOT DISTINCT FROM a.series[1]
JOIN matched m USING (id)
ORDER BY control_number::BIGINT;

-- ---------------------------------------------------------------- out
COPY (SELECT * FROM student_info) TO '{output}/oulad_student_info.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
COPY (SELECT * FROM student_registration) TO '{output}/oulad_student_registration.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
COPY (SELECT * FROM assessments) TO '{output}/oulad_assessments.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
COPY (SELECT * FROM student_assessment) TO '{output}/oulad_student_assessment.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
COPY (SELECT * FROM courses) TO '{output}/oulad_courses.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
COPY (SELECT * EXCLUDE (stations) FROM announcements) TO '{output}/usajobs_announcements.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
COPY (SELECT * FROM announcement_stations ORDER BY ALL) TO '{output}/usajobs_stations.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
COPY (SELECT * FROM occupations ORDER BY code) TO '{output}/onet_occupations.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
COPY (SELECT * FROM technology_skills ORDER BY ALL) TO '{output}/onet_technology_skills.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
COPY (SELECT * FROM abilities ORDER BY ALL) TO '{output}/onet_abilities.parquet' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19);
