-- The student information system: students, courses, enrollments, academic_records. Every figure is OULAD's; names,
-- e-mail addresses, advisers, choices of privacy and course texts are made up here (ATTRIBUTION.md).

-- ---------------------------------------------------------------- courses
CREATE TABLE offering AS
WITH codes AS (
    SELECT v.variant, p.code_module, p.code_presentation, p.module_presentation_length,
           p.code_module || CASE WHEN v.variant = 0 THEN '' ELSE lpad(v.variant::VARCHAR, 2, '0') END AS code
    FROM presentation p, (SELECT unnest(range(0, (SELECT variants + 1 FROM variant))) AS variant) v),
studied AS (SELECT code_module, mode(studied_credits)::INTEGER AS credits FROM info GROUP BY 1)
SELECT c.code || '-' || c.code_presentation AS course_id, c.code, c.variant::INTEGER AS variant, c.code_module,
       c.code_presentation, c.module_presentation_length AS length_days, m.domain, m.level, s.credits,
       CASE WHEN c.variant = 0 THEN m.subject
            ELSE (SELECT list(subject ORDER BY subject) FROM subject x WHERE x.domain = m.domain)
                 [1 + pick('subject', c.code, (SELECT count(*) FROM subject x WHERE x.domain = m.domain))] END AS subject,
       m.title AS module_title, string_split(m.tools, '|') AS module_tools
FROM codes c JOIN module m ON m.module = c.code_module JOIN studied s USING (code_module)
ORDER BY c.variant, c.code_module, c.code_presentation
LIMIT getvariable('course_count')::BIGINT;

CREATE TABLE teaching AS
SELECT o.code, any_value(s.occupation_code) AS occupation_code, any_value(s.department) AS department,
       any_value(CASE WHEN o.variant = 0 THEN o.module_title
            ELSE CASE pick('course-title', o.code, 5)
                 WHEN 0 THEN 'Introduction to ' || s.title WHEN 1 THEN s.title || ' in Practice'
                 WHEN 2 THEN 'Methods and Tools of ' || s.title WHEN 3 THEN 'Advanced ' || s.title
                 ELSE s.title || ' Project' END END) AS title,
       any_value(CASE WHEN o.variant = 0 THEN o.module_tools ELSE list_distinct(list_transform(range(0, 7),
            lambda i: favourite(t.tools, 'course-tool', o.code || '/' || i))) END) AS tools,
       list_distinct(list_transform(range(0, 3), lambda i: favourite(any_value(t.knowledge), 'course-knowledge', o.code || '/' || i))) AS knowledge,
       any_value(t.skills)[1:2] AS abilities
FROM offering o JOIN subject s USING (subject) JOIN toolbox t ON t.code = s.occupation_code
GROUP BY o.code;

CREATE TABLE registrar.courses AS
SELECT o.course_id, o.code, t.title,
       CASE pick('course-text', o.code, 3)
       WHEN 0 THEN concat('This module teaches the basics of ', t.knowledge[1], '. In weekly exercises students use ',
            array_to_string(list_transform(t.tools[:-2], lambda s: written(s, pick('course-form', o.code || s, 3))), ', '), ' and ', written(t.tools[-1], 1),
            '. Assessment rests on ', lower(t.abilities[1]), '.')
       WHEN 1 THEN concat(t.title, ': from first principles to a finished project. Tools: ',
            array_to_string(list_transform(t.tools, lambda s: written(s, pick('course-form', o.code || s, 3))), '; '), '. Background in ',
            array_to_string(t.knowledge, ' & '), ' is built up on the way.')
       ELSE concat('You will learn to work with ', array_to_string(list_transform(t.tools[:3], lambda s: written(s, pick('course-form', o.code || s, 3))), ', '),
            CASE WHEN len(t.tools) > 3 THEN ', and later with ' || array_to_string(list_transform(t.tools[4:], lambda s: written(s, 1)), ', ') ELSE '' END,
            '. The module covers ', array_to_string(t.knowledge, ', '), ' and trains ', lower(array_to_string(t.abilities, ' and ')), '.')
       END AS description,
       t.department, 'Undergraduate level ' || o.level AS level, o.credits, o.length_days::INTEGER AS length_days,
       starts(o.code_presentation)::VARCHAR AS starts_on,
       starts(o.code_presentation)::TIMESTAMP - INTERVAL 90 DAY + to_seconds(pick('course-time', o.course_id, 36000)) AS updated_at
FROM offering o JOIN teaching t USING (code)
ORDER BY o.variant, o.course_id;

-- ---------------------------------------------------------------- enrollments
CREATE TABLE enrolled AS
SELECT row_number() OVER (ORDER BY i.code_module, i.code_presentation, i.id_student) AS row, i.*, r.date_registration,
       r.date_unregistration, starts(i.code_presentation) AS starts_on, p.module_presentation_length AS length_days
FROM info i JOIN registration r USING (code_module, code_presentation, id_student)
JOIN presentation p USING (code_module, code_presentation);

CREATE TABLE registrar.enrollments AS
SELECT e.row + p.copy * 1000000 AS enrollment_id, p.student_id,
       e.code_module || CASE WHEN p.variant = 0 THEN '' ELSE lpad(p.variant::VARCHAR, 2, '0') END || '-' || e.code_presentation AS course_id,
       (e.starts_on + e.date_registration::INTEGER)::VARCHAR AS registered_on,
       (e.starts_on + e.date_unregistration::INTEGER)::VARCHAR AS withdrawn_on,
       e.num_of_prev_attempts::INTEGER AS previous_attempts, e.studied_credits::INTEGER AS studied_credits, e.final_result,
       (e.starts_on + coalesce(e.date_unregistration, e.length_days)::INTEGER)::TIMESTAMP
           + to_seconds(28800 + pick('enrollment-time', p.student_id || e.code_module, 36000)) AS updated_at
FROM person p JOIN enrolled e USING (id_student)
ORDER BY p.copy, e.row;

-- ---------------------------------------------------------------- results
CREATE TABLE marked AS
SELECT row_number() OVER (ORDER BY r.id_assessment, r.id_student) AS row, r.id_student, r.id_assessment,
       a.code_module, a.code_presentation, a.assessment_type, a.weight, a.date AS due, r.date_submitted, r.is_banked, r.score,
       starts(a.code_presentation) + r.date_submitted::INTEGER AS submitted_on
FROM result r JOIN assessment a USING (id_assessment);

CREATE TABLE registrar.academic_records AS
SELECT m.row + p.copy * 10000000 AS record_id, p.student_id,
       m.code_module || CASE WHEN p.variant = 0 THEN '' ELSE lpad(p.variant::VARCHAR, 2, '0') END || '-' || m.code_presentation AS course_id,
       m.id_assessment::BIGINT + p.variant * 100000 AS assessment_id, m.assessment_type, m.weight, m.submitted_on,
       m.is_banked::SMALLINT AS is_banked, m.score::DECIMAL(5, 2) AS score,
       m.submitted_on::TIMESTAMP + to_seconds(28800 + pick('record-time', m.row + p.copy * 10000000, 50000)) AS updated_at
FROM person p JOIN marked m USING (id_student)
ORDER BY p.copy, m.row;

-- ---------------------------------------------------------------- students
-- Weighted mean of a student's scores; the plain mean where no weight is set (all of GGG's coursework weighs nothing).
CREATE TABLE standing AS
SELECT id_student, coalesce(sum(score * weight) FILTER (score IS NOT NULL) / nullif(sum(weight) FILTER (score IS NOT NULL), 0),
                            avg(score))::DOUBLE AS mean_score,
       max(submitted_on) AS last_submission
FROM marked GROUP BY id_student;

CREATE TABLE history AS
SELECT id_student, min(starts_on + date_registration::INTEGER) AS first_registration,
       arg_max(final_result, (starts_on, code_module)) AS last_result,
       arg_max(code_module, (starts_on, code_module)) AS last_module,
       max(starts_on + coalesce(date_unregistration, date_registration, 0)::INTEGER) AS last_event,
       max(starts_on + length_days::INTEGER) AS last_end
FROM enrolled GROUP BY id_student;

-- Credits passed: what was studied in each presentation that has at least one pass.
CREATE TABLE passed AS
SELECT id_student, sum(credits)::INTEGER AS credits FROM (
    SELECT id_student, code_presentation, max(studied_credits) AS credits FROM info
    WHERE final_result IN ('Pass', 'Distinction') GROUP BY 1, 2) GROUP BY 1;

-- Students whose demographics differ between presentations appear once for each version, as they do in real exports.
CREATE TABLE version AS
SELECT id_student, gender, region, highest_education, imd_band, age_band, disability, max(starts_on) AS seen,
       row_number() OVER (PARTITION BY id_student ORDER BY max(starts_on) DESC, gender, region, highest_education, imd_band, age_band, disability) AS age
FROM enrolled GROUP BY id_student, gender, region, highest_education, imd_band, age_band, disability;

CREATE TABLE registrar.students AS
WITH naming AS (
    SELECT p.*, v.gender AS sex FROM person p JOIN version v USING (id_student) WHERE v.age = 1)
SELECT p.student_id,
       one_of(CASE WHEN p.sex = 'F' THEN n.female ELSE n.male END, 'first', p.student_id) AS first_name,
       one_of(n.last, 'last', p.student_id) AS last_name,
       NULL::VARCHAR AS email, v.gender, v.region, v.highest_education, v.imd_band, v.age_band, v.disability,
       coalesce(c.credits, 0) AS credits, (s.mean_score / 25)::DECIMAL(4, 2) AS gpa,
       h.first_registration::VARCHAR AS registered_on,
       CASE WHEN h.last_result = 'Withdrawn' THEN 'Withdrawn' WHEN h.last_result = 'Fail' THEN 'Active' ELSE 'Completed' END AS status,
       -- One adviser for about 300 students. Who was never asked for consent has none written down.
       'ADV-' || lpad((1 + pick('adviser', p.student_id, (getvariable('student_count')::BIGINT + 299) // 300))::VARCHAR, 4, '0') AS adviser_id,
       CASE WHEN chance('directory-opt-out', p.student_id, 0.08) THEN 'Y' ELSE 'N' END AS directory_opt_out,
       CASE WHEN chance('employer-consent', p.student_id, 0.35) THEN 'Y' WHEN chance('employer-refusal', p.student_id, 0.6) THEN 'N' END AS employer_consent,
       CASE WHEN v.age = 1 THEN greatest(h.last_event, coalesce(s.last_submission, h.last_event), v.seen) ELSE v.seen END::TIMESTAMP
           + to_seconds(28800 + pick('student-time', p.student_id, 36000)) AS updated_at
FROM naming p JOIN version v USING (id_student) JOIN history h USING (id_student)
LEFT JOIN standing s USING (id_student) LEFT JOIN passed c USING (id_student), names n
ORDER BY p.copy, p.id_student, v.age DESC;

UPDATE registrar.students SET email =
    regexp_replace(lower(strip_accents(first_name || '.' || last_name)), '[^a-z.]', '', 'g') || '.' || student_id || '@example.edu';
