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

CREATE TABLE programme AS
SELECT *, row_number() OVER (PARTITION BY domain ORDER BY program_id) AS position FROM workday.academic_programs;

CREATE TABLE choice AS SELECT domain, count(*) AS programmes FROM programme GROUP BY domain;

CREATE TABLE ambition AS
SELECT t.title, row_number() OVER (ORDER BY t.code) AS position FROM toolbox t
WHERE t.job_zone >= 4 AND t.code IN (SELECT occupation_code FROM announcement);

-- Positions are drawn before they are joined on, so that each is drawn once.
CREATE TABLE drawing AS
SELECT p.student_id, p.copy, m.domain, h.last_result, h.first_registration, coalesce(c.credits, 0) AS credits,
       1 + pick('programme', p.student_id, x.programmes) AS own, 1 + pick('ambition', p.student_id, x.programmes) AS near,
       1 + pick('far-career', p.student_id, y.ambitions) AS far,
       CASE WHEN chance('same-career', p.student_id, 0.65) THEN 1 WHEN chance('near-career', p.student_id, 0.7) THEN 2 ELSE 3 END AS career,
       CASE WHEN chance('no-skills', p.student_id, 0.22) THEN 0 ELSE 1 + pick('skill-count', p.student_id, 6) END AS skill_count
FROM person p JOIN history h USING (id_student) JOIN module m ON m.module = h.last_module JOIN choice x ON x.domain = m.domain
LEFT JOIN passed c USING (id_student), (SELECT count(*) AS ambitions FROM ambition) y;

CREATE TABLE enrolled_in AS
SELECT d.*, g.program_id, g.title AS program, g.occupation_code,
       CASE d.career WHEN 1 THEN g.field WHEN 2 THEN n.field ELSE a.title END AS career_interest
FROM drawing d JOIN programme g ON g.domain = d.domain AND g.position = d.own
JOIN programme n ON n.domain = d.domain AND n.position = d.near JOIN ambition a ON a.position = d.far;

-- What students say they can do: technologies of their programme's occupation, every third a knowledge area.
CREATE TABLE declaration AS
WITH numbered AS (
    SELECT e.student_id, e.occupation_code AS code, t.tools, t.areas, unnest(range(0, e.skill_count)) AS number
    FROM enrolled_in e JOIN extent t ON t.code = e.occupation_code)
SELECT student_id, code, number, CASE WHEN number % 3 = 2 THEN 'knowledge' ELSE 'technology' END AS kind,
       CASE WHEN number % 3 = 2 THEN near_front(areas, 'self-knowledge', student_id || '/' || number)
            ELSE near_front(tools, 'self-skill', student_id || '/' || number) END AS position
FROM numbered;

CREATE TABLE declared AS
SELECT student_id, list(written(name, pick('self-form', student_id || '/' || number, 3)) ORDER BY number) AS skills
FROM (SELECT d.student_id, t.name, min(d.number) AS number FROM declaration d JOIN ability t USING (code, kind, position) GROUP BY ALL)
GROUP BY student_id;

CREATE TABLE workday.students AS
SELECT upper(md5(concat('workday student ', getvariable('seed'), s.student_id))) AS workday_id, s.student_id::VARCHAR AS student_id,
       r.first_name, r.last_name, r.email, s.program_id, s.program, s.career_interest, coalesce(d.skills, []) AS skills,
       make_date((year(s.first_registration) + 1 + greatest(0, 360 - s.credits) // 120)::INTEGER, 7, 15)::VARCHAR AS expected_graduation,
       CASE s.last_result WHEN 'Withdrawn' THEN 'Inactive' ELSE 'Active' END AS status
FROM enrolled_in s
JOIN (SELECT student_id, any_value(first_name) AS first_name, any_value(last_name) AS last_name, any_value(email) AS email
      FROM registrar.students GROUP BY student_id) r USING (student_id)
LEFT JOIN declared d USING (student_id)
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
SELECT place, country, row_number() OVER (ORDER BY place) AS position
FROM (SELECT DISTINCT place, country FROM read_parquet(getvariable('campus') || '/data/usajobs_stations.parquet'));

CREATE TABLE own_station AS
SELECT control_number, {place: arg_min(place, position), country: arg_min(country, position)} AS station
FROM read_parquet(getvariable('campus') || '/data/usajobs_stations.parquet') GROUP BY 1;

CREATE TABLE demand AS
WITH numbered AS (
    SELECT a.posting, a.occupation_code AS code, t.tools AS extent, 'technology' AS kind,
           unnest(range(0, 3 + pick('posting-skills', a.posting, 6))) AS number
    FROM advertised a JOIN extent t ON t.code = a.occupation_code
    UNION ALL
    SELECT a.posting, a.occupation_code, t.areas, 'knowledge', unnest(range(0, 1 + pick('posting-areas', a.posting, 3)))
    FROM advertised a JOIN extent t ON t.code = a.occupation_code)
SELECT posting, code, kind, number, near_front(extent, 'posting-' || kind, posting || '/' || number) AS position FROM numbered;

CREATE TABLE wanted_skills AS
SELECT d.posting, d.kind, t.name, min(d.number) AS number FROM demand d JOIN ability t USING (code, kind, position) GROUP BY ALL;

CREATE TABLE worded AS
WITH said AS (
    SELECT posting,
           list(html(written(name, pick('posting-form', posting || name, 3))) ORDER BY number) FILTER (kind = 'technology') AS said,
           list(html(name) ORDER BY number) FILTER (kind = 'knowledge') AS areas
    FROM wanted_skills GROUP BY posting)
SELECT a.posting, pick('posting-layout', a.posting, 4) AS layout, s.said, s.areas, one_of(t.skills[1:6], 'posting-ability', a.posting) AS ability,
       CASE t.job_zone WHEN 1 THEN 'High school diploma' WHEN 2 THEN 'High school diploma' WHEN 3 THEN 'Associate degree'
            WHEN 4 THEN 'Bachelor''s degree' ELSE 'Master''s degree' END AS education,
       CASE t.job_zone WHEN 1 THEN 'None' WHEN 2 THEN 'Up to 1 year' WHEN 3 THEN '1 to 2 years' WHEN 4 THEN '2 to 4 years'
            ELSE '4 years or more' END AS experience,
       html(a.title) AS heading, html(coalesce(a.agency, a.department)) AS office, html(coalesce(a.subagency, a.department, '')) AS unit
FROM advertised a JOIN toolbox t ON t.code = a.occupation_code JOIN said s USING (posting);

CREATE TABLE workday.job_postings AS
WITH stationed AS MATERIALIZED (SELECT a.*, 1 + pick('station', a.posting, (SELECT count(*) FROM duty)) AS at FROM advertised a),
placed AS MATERIALIZED (
    SELECT a.*, CASE WHEN o.station IS NOT NULL THEN o.station
                WHEN chance('no-station', a.posting, 0.06) THEN NULL
                WHEN chance('washington', a.posting, 0.3) THEN {place: 'Washington, District of Columbia', country: 'United States of America'}
                ELSE {place: d.place, country: d.country} END AS station
    FROM stationed a LEFT JOIN own_station o USING (control_number) JOIN duty d ON d.position = a.at)
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
SELECT 'JR-' || posting AS job_posting_id, name AS skill, kind FROM wanted_skills;
