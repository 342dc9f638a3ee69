-- What Workday holds: programmes, the same students as the registrar's, job postings.
CREATE SCHEMA workday;

CREATE TABLE workday.academic_programs AS
WITH awards AS (
    SELECT * FROM (VALUES (1, 'Bachelor', NULL), (2, 'Master', NULL), (3, 'Certificate', 'Certificate of Higher Education in '),
        (4, 'Graduate Diploma', 'Graduate Diploma in '), (5, 'Diploma', 'Diploma of Higher Education in '), (6, 'Doctorate', 'PhD ')) AS t(rank, level, prefix))
SELECT 'P-' || lpad((row_number() OVER (ORDER BY a.rank, s.subject))::VARCHAR, 4, '0') AS program_id,
       coalesce(a.prefix, CASE WHEN a.rank = 1 THEN CASE WHEN s.domain = 'stem' THEN 'BSc (Hons) ' ELSE 'BA (Hons) ' END
                               ELSE CASE WHEN s.domain = 'stem' THEN 'MSc ' ELSE 'MA ' END END) || s.title AS title,
       a.level, s.department, o.title AS field, s.occupation_code, 'Active' AS status, s.subject, s.domain, a.rank
FROM awards a, subject s JOIN occupation o ON o.code = s.occupation_code
ORDER BY a.rank, s.subject
LIMIT getvariable('programme_count')::BIGINT;

CREATE TABLE programme_lists AS
SELECT domain, list({program_id: program_id, title: title, occupation_code: occupation_code, field: field} ORDER BY program_id) AS programmes
FROM workday.academic_programs GROUP BY domain;

CREATE TABLE ambitions AS
SELECT list(t.title ORDER BY t.code) AS titles FROM toolbox t
WHERE t.job_zone >= 4 AND t.code IN (SELECT occupation_code FROM announcement);

CREATE TABLE workday.students AS
WITH enrolled_in AS (
    SELECT p.student_id, p.copy, h.last_module, h.last_result, h.first_registration, coalesce(c.credits, 0) AS credits,
           one_of(l.programmes, 'programme', p.student_id) AS programme,
           one_of(l.programmes, 'ambition', p.student_id) AS neighbour
    FROM person p JOIN history h USING (id_student) JOIN module m ON m.module = h.last_module
    JOIN programme_lists l USING (domain) LEFT JOIN passed c USING (id_student)),
skilled AS (
    SELECT e.*, CASE WHEN chance('same-career', e.student_id, 0.65) THEN e.programme.field
                     WHEN chance('near-career', e.student_id, 0.7) THEN e.neighbour.field
                     ELSE one_of(a.titles, 'far-career', e.student_id) END AS career_interest,
           CASE WHEN chance('no-skills', e.student_id, 0.22) THEN 0 ELSE 1 + pick('skill-count', e.student_id, 6) END AS skill_count
    FROM enrolled_in e, ambitions a)
SELECT upper(md5(concat('workday student ', getvariable('seed'), s.student_id)))  AS workday_id, s.student_id::VARCHAR AS student_id,
       r.first_name, r.last_name, r.email, s.programme.program_id AS program_id, s.programme.title AS program, s.career_interest,
       list_distinct(list_transform(range(0, s.skill_count), lambda i:
           written(CASE WHEN i % 3 = 2 THEN favourite(t.knowledge, 'self-knowledge', s.student_id || '/' || i)
                        ELSE favourite(t.tools, 'self-skill', s.student_id || '/' || i) END, pick('self-form', s.student_id || '/' || i, 3)))) AS skills,
       (make_date(year(s.first_registration) + 1 + greatest(0, 360 - s.credits) // 120, 7, 15))::VARCHAR AS expected_graduation,
       CASE s.last_result WHEN 'Withdrawn' THEN 'Inactive' ELSE 'Active' END AS status
FROM skilled s
JOIN (SELECT student_id, any_value(first_name) AS first_name, any_value(last_name) AS last_name, any_value(email) AS email
      FROM registrar.students GROUP BY student_id) r USING (student_id)
JOIN toolbox t ON t.code = s.programme.occupation_code
ORDER BY s.copy, s.student_id;

-- ---------------------------------------------------------------- job postings
-- On the campus date a posting is closed when its deadline has passed; announcements that open later are already listed.
CREATE TABLE advertised AS
WITH copies AS (
    SELECT unnest(range(0, 1 + (getvariable('posting_count')::BIGINT - 1) // (SELECT count(*) FROM announcement))) AS copy)
SELECT a.*, c.copy, a.control_number || CASE WHEN c.copy = 0 THEN '' ELSE '-' || c.copy END AS posting
FROM announcement a, copies c
ORDER BY c.copy, a.salary_min IS NULL, pick('posting', a.control_number, 1000000000), a.control_number
LIMIT getvariable('posting_count')::BIGINT;

CREATE TABLE duty AS
SELECT list({place: place, country: country} ORDER BY place) AS stations
FROM (SELECT DISTINCT place, country FROM read_parquet(getvariable('campus') || '/data/usajobs_stations.parquet'));

CREATE TABLE own_station AS
SELECT control_number, {place: arg_min(place, position), country: arg_min(country, position)} AS station
FROM read_parquet(getvariable('campus') || '/data/usajobs_stations.parquet') GROUP BY 1;

CREATE TABLE wanted_skills AS
SELECT a.posting,
       list_distinct(list_transform(range(0, 3 + pick('posting-skills', a.posting, 6)), lambda i: favourite(t.tools, 'posting-tool', a.posting || '/' || i))) AS tools,
       list_distinct(list_transform(range(0, 1 + pick('posting-areas', a.posting, 3)), lambda i: favourite(t.knowledge, 'posting-area', a.posting || '/' || i))) AS knowledge,
       one_of(t.skills[1:6], 'posting-ability', a.posting) AS ability,
       CASE t.job_zone WHEN 1 THEN 'High school diploma' WHEN 2 THEN 'High school diploma' WHEN 3 THEN 'Associate degree'
            WHEN 4 THEN 'Bachelor''s degree' ELSE 'Master''s degree' END AS education,
       CASE t.job_zone WHEN 1 THEN 'None' WHEN 2 THEN 'Up to 1 year' WHEN 3 THEN '1 to 2 years' WHEN 4 THEN '2 to 4 years'
            ELSE '4 years or more' END AS experience
FROM advertised a JOIN toolbox t ON t.code = a.occupation_code;

CREATE TABLE worded AS
SELECT a.posting, w.* EXCLUDE (posting), pick('posting-layout', a.posting, 4) AS layout,
       list_transform(w.tools, lambda s: html(written(s, pick('posting-form', a.posting || s, 3)))) AS said,
       list_transform(w.knowledge, lambda s: html(s)) AS areas, html(a.title) AS heading, html(coalesce(a.agency, a.department)) AS office,
       html(coalesce(a.subagency, a.department, '')) AS unit
FROM advertised a JOIN wanted_skills w USING (posting);

CREATE TABLE workday.job_postings AS
WITH placed AS (
    SELECT a.*, CASE WHEN o.station IS NOT NULL THEN o.station
                WHEN chance('no-station', a.posting, 0.06) THEN NULL
                WHEN chance('washington', a.posting, 0.3) THEN {place: 'Washington, District of Columbia', country: 'United States of America'}
                ELSE one_of(d.stations, 'station', a.posting) END AS station
    FROM advertised a LEFT JOIN own_station o USING (control_number), duty d)
SELECT 'JR-' || a.posting AS job_posting_id, a.title, coalesce(a.agency, a.department) AS company,
       a.station.place AS location, a.station.country AS country,
       CASE w.layout
       WHEN 0 THEN concat('<p><b>', w.heading, '</b> &ndash; ', w.office, '</p><p>You will use:</p><ul>',
            array_to_string(list_transform(w.said, lambda s: '<li>' || s || '</li>'), ''), '</ul><p>The work calls for knowledge of ',
            array_to_string(w.areas, ' and '), '.</p>')
       WHEN 1 THEN concat('<div><h3>About the role</h3><p>', w.office, ' (', w.unit, ') has an opening: ', w.heading, '.&nbsp;Experience with ',
            array_to_string(w.said, ', '), ' is expected.</p><h3>What helps</h3><p>', array_to_string(w.areas, '; '), '; ', lower(w.ability),
            '.</p><p>Education: ', html(w.education), '. Experience: ', w.experience, '.</p></div>')
       WHEN 2 THEN concat('<p>Join ', w.unit, ' as ', w.heading, '.</p><p><strong>Required</strong><br/>&bull; ',
            array_to_string(w.said[:3], '<br/>&bull; '), '</p><p><strong>Desirable</strong><br/>',
            CASE WHEN len(w.said) > 3 THEN array_to_string(w.said[4:], ' / ') || '<br/>' ELSE '' END, array_to_string(w.areas, ' / '), '</p>')
       ELSE concat('<p>', w.heading, ' at ', w.office, '. Day to day you work with ', array_to_string(w.said, ' &amp; '),
            '; a grounding in ', array_to_string(w.areas, ', '), ' and good ', lower(w.ability), ' complete the picture. ', html(w.education), '.</p>')
       END AS description,
       a.url, a.opens::VARCHAR AS start_date, a.closes::VARCHAR AS application_deadline,
       CASE WHEN a.title ILIKE '%part-time%' OR a.title ILIKE '%part time%' OR a.appointment_type = 'Intermittent' THEN 'Part time' ELSE 'Full time' END AS time_type,
       coalesce(a.appointment_type, 'Permanent') AS job_type, regexp_replace(a.series, '^\d+ - ', '') AS category,
       a.salary_min::DECIMAL(12, 2) AS salary_min, a.salary_max::DECIMAL(12, 2) AS salary_max, CASE WHEN a.salary_min IS NOT NULL THEN 'USD' END AS currency,
       w.education, w.experience, CASE WHEN a.closes < getvariable('campus_date')::DATE THEN 'Closed' ELSE 'Open' END AS status
FROM placed a JOIN worded w USING (posting)
ORDER BY a.copy, a.control_number::BIGINT;

-- What the descriptions really name: the answer key for tests of skill extraction; not served.
CREATE TABLE answer_key AS
SELECT 'JR-' || posting AS job_posting_id, unnest(tools) AS skill, 'technology' AS kind FROM wanted_skills
UNION ALL SELECT 'JR-' || posting, unnest(knowledge), 'knowledge' FROM wanted_skills;
