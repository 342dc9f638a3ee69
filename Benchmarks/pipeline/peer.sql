-- The peer of the pipeline benchmark: the four curated tables from the same raw Parquet, as one DuckDB script written
-- by hand. It does what the curated tables need and no more: no quarantine, no counts, no stored intermediate tables, no
-- columns that end up nowhere. peer.py defines the raw_* and seed_* views and reads the text functions of
-- Models/prelude.duckdb.sql, so that both sides read dates and HTML alike and what differs is the pipeline.

------------------------------------------------------------------------------------------- sources, cleaned and valid

CREATE TEMP TABLE students AS
WITH cleaned AS (
    SELECT
        as_id(student_id) AS student_id, proper_name(first_name) AS first_name, proper_name(last_name) AS last_name,
        as_email(email) AS email, as_code(gender) AS gender, proper_name(region) AS region,
        as_text(highest_education) AS highest_education,
        CASE WHEN regexp_matches(imd_band, '^\s*\d+-\d+\s*$') THEN as_text(imd_band) || '%'
             ELSE as_text(imd_band) END AS imd_band,
        as_text(age_band) AS age_band, as_bool(disability) AS disability,
        TRY_CAST(as_int(credits) AS INTEGER) AS credits, TRY_CAST(as_number(gpa) AS DOUBLE) AS gpa,
        as_date(registered_on) AS registered_on, as_label(status) AS status, as_timestamp(updated_at) AS updated_at,
        is_bad_date(registered_on) OR is_bad_number(gpa) AS bad, _extracted_at, _op
    FROM raw_oracle_students
)
SELECT student_id, first_name, last_name, email, region, credits, gpa, status, updated_at
FROM cleaned
WHERE student_id IS NOT NULL AND NOT bad AND coalesce(credits BETWEEN 0 AND 2000, TRUE)
  AND coalesce(gpa BETWEEN 0 AND 4, TRUE) AND coalesce(registered_on >= DATE '1950-01-01', TRUE)
QUALIFY row_number() OVER (
    PARTITION BY student_id
    ORDER BY updated_at DESC, _extracted_at DESC, first_name DESC NULLS LAST, last_name DESC NULLS LAST,
        email DESC NULLS LAST, gender DESC NULLS LAST, region DESC NULLS LAST, highest_education DESC NULLS LAST,
        imd_band DESC NULLS LAST, age_band DESC NULLS LAST, disability DESC NULLS LAST, credits DESC NULLS LAST,
        gpa DESC NULLS LAST, registered_on DESC NULLS LAST, status DESC NULLS LAST) = 1;

CREATE TEMP TABLE access AS
WITH said AS (
    SELECT
        as_id(student_id) AS student_id, as_code(as_id(adviser_id)) AS adviser_id,
        as_bool(as_text(directory_opt_out)) AS directory_opt_out, as_bool(as_text(employer_consent)) AS employer_consent,
        as_timestamp(updated_at) AS updated_at, _extracted_at
    FROM raw_oracle_students
)
SELECT student_id, adviser_id, directory_opt_out, employer_consent, updated_at
FROM said
WHERE student_id IS NOT NULL
QUALIFY row_number() OVER (
    PARTITION BY student_id
    ORDER BY updated_at DESC NULLS LAST, _extracted_at DESC,
        coalesce(directory_opt_out, TRUE)::INTEGER + (NOT coalesce(employer_consent, FALSE))::INTEGER DESC,
        adviser_id DESC NULLS LAST, directory_opt_out DESC NULLS LAST, employer_consent DESC NULLS LAST) = 1;

CREATE TEMP TABLE courses AS
SELECT
    as_code(course_id) AS course_id, as_code(code) AS code, as_text(title) AS title,
    html_to_text(description) AS description, as_text(department) AS department, as_text(level) AS level,
    TRY_CAST(as_int(credits) AS INTEGER) AS credits, TRY_CAST(as_int(length_days) AS INTEGER) AS length_days,
    as_date(starts_on) AS starts_on, as_timestamp(updated_at) AS updated_at
FROM raw_oracle_courses
WHERE as_code(course_id) IS NOT NULL AND as_code(code) IS NOT NULL AND NOT is_bad_date(starts_on)
  AND coalesce(as_int(credits) BETWEEN 0 AND 480, TRUE) AND coalesce(as_int(length_days) BETWEEN 1 AND 2000, TRUE)
QUALIFY row_number() OVER (
    PARTITION BY as_code(course_id) ORDER BY as_timestamp(updated_at) DESC, _extracted_at DESC) = 1;

CREATE TEMP TABLE enrollments AS
WITH cleaned AS (
    SELECT
        as_id(enrollment_id) AS enrollment_id, as_id(student_id) AS student_id, as_code(course_id) AS course_id,
        as_date(registered_on) AS registered_on, as_date(withdrawn_on) AS withdrawn_on,
        TRY_CAST(as_int(previous_attempts) AS INTEGER) AS previous_attempts,
        TRY_CAST(as_int(studied_credits) AS INTEGER) AS studied_credits, as_label(final_result) AS final_result,
        as_timestamp(updated_at) AS updated_at, is_bad_date(registered_on) OR is_bad_date(withdrawn_on) AS bad,
        _extracted_at
    FROM raw_oracle_enrollments
)
SELECT student_id, course_id, studied_credits, final_result, updated_at
FROM cleaned AS c
WHERE enrollment_id IS NOT NULL AND NOT bad
  AND coalesce(previous_attempts BETWEEN 0 AND 50, TRUE) AND coalesce(studied_credits BETWEEN 0 AND 2000, TRUE)
  AND coalesce(final_result IN ('Pass', 'Distinction', 'Fail', 'Withdrawn'), TRUE)
  AND student_id IN (SELECT student_id FROM students) AND course_id IN (SELECT course_id FROM courses)
QUALIFY row_number() OVER (
    PARTITION BY enrollment_id
    ORDER BY updated_at DESC, _extracted_at DESC, student_id DESC, course_id DESC, registered_on DESC NULLS LAST,
        withdrawn_on DESC NULLS LAST, previous_attempts DESC NULLS LAST, studied_credits DESC NULLS LAST,
        final_result DESC NULLS LAST) = 1;

CREATE TEMP TABLE scores AS
WITH cleaned AS (
    SELECT
        as_id(record_id) AS record_id, as_id(student_id) AS student_id, as_code(course_id) AS course_id,
        TRY_CAST(as_number(weight) AS DOUBLE) AS weight, TRY_CAST(as_number(score) AS DOUBLE) AS score,
        as_timestamp(updated_at) AS updated_at, _extracted_at
    FROM raw_oracle_academic_records
    WHERE NOT is_bad_date(submitted_on) AND NOT is_bad_number(score)
),
latest AS (
    SELECT student_id, weight, score, updated_at
    FROM cleaned
    WHERE record_id IS NOT NULL AND coalesce(weight BETWEEN 0 AND 100, TRUE) AND coalesce(score BETWEEN 0 AND 100, TRUE)
      AND student_id IN (SELECT student_id FROM students)
      AND (course_id IS NULL OR course_id IN (SELECT course_id FROM courses))
    QUALIFY row_number() OVER (
        PARTITION BY record_id
        ORDER BY updated_at DESC, _extracted_at DESC, student_id DESC, course_id DESC NULLS LAST,
            weight DESC NULLS LAST, score DESC NULLS LAST) = 1
),
marked AS (
    SELECT
        student_id, updated_at, CAST(score AS DECIMAL(7, 2)) AS score,
        CAST(greatest(weight, 1) AS DECIMAL(7, 2)) AS weight
    FROM latest
    WHERE score IS NOT NULL AND weight IS NOT NULL
)
SELECT student_id, round(sum(score * weight) / sum(weight), 2) AS mean_score, max(updated_at) AS updated_at
FROM marked
GROUP BY student_id;

CREATE TEMP TABLE programs AS
SELECT
    as_id(program_id) AS program_id, as_text(html_entities_decoded(title)) AS title, as_text(level) AS level,
    as_text(department) AS department, as_text(field) AS field, as_text(occupation_code) AS occupation_code,
    as_label(status) AS status
FROM raw_workday_academic_programs
WHERE as_id(program_id) IS NOT NULL AND as_text(title) IS NOT NULL AND coalesce(_op, 'U') <> 'D'
QUALIFY row_number() OVER (
    PARTITION BY as_id(program_id) ORDER BY _extracted_at DESC, title DESC, department DESC NULLS LAST) = 1;

CREATE TEMP TABLE careers AS
WITH cleaned AS (
    SELECT
        as_id(workday_id) AS workday_id, as_id(student_id) AS student_id, proper_name(first_name) AS first_name,
        proper_name(last_name) AS last_name, as_email(email) AS email, as_id(program_id) AS program_id,
        as_text(html_entities_decoded(program)) AS program, as_text(career_interest) AS career_interest,
        list_filter(list_transform(json_texts(skills), lambda skill: as_text(skill)),
            lambda skill: skill IS NOT NULL) AS skills,
        as_date(expected_graduation) AS expected_graduation, is_bad_date(expected_graduation) AS bad, _extracted_at
    FROM raw_workday_students
    WHERE coalesce(_op, 'U') <> 'D'
),
latest AS (
    SELECT * FROM cleaned
    WHERE workday_id IS NOT NULL AND NOT bad AND student_id IN (SELECT student_id FROM students)
    QUALIFY row_number() OVER (
        PARTITION BY workday_id
        ORDER BY _extracted_at DESC, student_id DESC, first_name DESC NULLS LAST, last_name DESC NULLS LAST,
            email DESC NULLS LAST, program_id DESC NULLS LAST, program DESC NULLS LAST, career_interest DESC NULLS LAST,
            skills DESC NULLS LAST, expected_graduation DESC NULLS LAST) = 1
)
SELECT * FROM latest
QUALIFY row_number() OVER (PARTITION BY student_id ORDER BY workday_id DESC) = 1;

CREATE TEMP TABLE postings AS
WITH cleaned AS (
    SELECT
        as_id(job_posting_id) AS job_posting_id, as_text(html_entities_decoded(title)) AS title,
        as_text(company) AS company, as_text(location) AS location, as_text(country) AS country,
        html_to_text(description) AS description, as_text(url) AS url, as_date(start_date) AS posting_date,
        as_date(application_deadline) AS application_deadline, as_text(time_type) AS time_type,
        as_text(job_type) AS job_type, as_text(category) AS category,
        TRY_CAST(as_number(salary_min) AS DOUBLE) AS salary_min,
        TRY_CAST(as_number(salary_max) AS DOUBLE) AS salary_max,
        as_code(currency) AS currency, as_text(education) AS education, as_text(experience) AS experience,
        as_label(status) AS status, is_bad_date(start_date) OR is_bad_date(application_deadline) AS bad, _extracted_at
    FROM raw_workday_job_postings
    WHERE coalesce(_op, 'U') <> 'D'
)
SELECT *, concat_ws(chr(10), title, description) AS content
FROM cleaned
WHERE job_posting_id IS NOT NULL AND title IS NOT NULL AND NOT bad
  AND coalesce(salary_min BETWEEN 0 AND 1000000000, TRUE) AND coalesce(salary_max BETWEEN 0 AND 1000000000, TRUE)
QUALIFY row_number() OVER (
    PARTITION BY job_posting_id
    ORDER BY _extracted_at DESC, title DESC, company DESC NULLS LAST, location DESC NULLS LAST, country DESC NULLS LAST,
        description DESC NULLS LAST, url DESC NULLS LAST, posting_date DESC NULLS LAST,
        application_deadline DESC NULLS LAST) = 1;

CREATE TEMP TABLE analytics AS
WITH cleaned AS (
    SELECT
        as_id(student_id) AS student_id, TRY_CAST(as_number(performance_score) AS DOUBLE) AS performance_score,
        as_label(engagement_level) AS engagement_level, as_label(learning_style) AS learning_style,
        as_int(assessments_submitted) AS assessments_submitted, as_date(last_activity) AS last_activity,
        is_bad_number(performance_score) OR is_bad_date(last_activity) AS bad, _extracted_at
    FROM raw_tableau_student_analytics
    WHERE coalesce(_op, 'U') <> 'D'
)
SELECT student_id, performance_score, engagement_level, learning_style, last_activity
FROM cleaned
WHERE NOT bad AND coalesce(performance_score BETWEEN 0 AND 100, TRUE) AND coalesce(assessments_submitted >= 0, TRUE)
  AND coalesce(engagement_level IN ('Low', 'Medium', 'High'), TRUE)
  AND student_id IN (SELECT student_id FROM students)
QUALIFY row_number() OVER (
    PARTITION BY student_id
    ORDER BY last_activity DESC NULLS LAST, _extracted_at DESC, performance_score DESC NULLS LAST,
        engagement_level DESC NULLS LAST, learning_style DESC NULLS LAST) = 1;

--------------------------------------------------------------------------------------------------------------- skills

CREATE TEMP TABLE tokenised AS
SELECT *, list_transform(tokens, lambda token: lower(token)) AS words
FROM (
    SELECT row_number() OVER () AS text_number, content, skill_tokens(content) AS tokens
    FROM (
        SELECT concat_ws(chr(10), title, description) AS content FROM courses
        UNION SELECT content FROM postings
        UNION SELECT unnest(skills) FROM careers
    )
    WHERE content <> ''
);

CREATE TEMP TABLE mentions AS
WITH
phrases AS (
    SELECT *, lower(tokens[2]) AS second_word, lower(tokens[3]) AS third_word FROM seed_skill_phrases
),
starts AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT
            text_number, len(tokens) AS length, generate_subscripts(tokens, 1) AS first,
            unnest(tokens) AS token, unnest(tokens[2:]) AS second_token, unnest(tokens[3:]) AS third_token,
            unnest(words) AS word, unnest(words[2:]) AS second_word, unnest(words[3:]) AS third_word
        FROM tokenised
    )
    WHERE word IN (SELECT first_token FROM phrases)
),
matches AS (
    SELECT s.text_number, s.length, s.first, s.first AS last, p.phrase_number
    FROM starts AS s JOIN phrases AS p ON p.first_token = s.word
    WHERE p.token_count = 1 AND (NOT p.match_case OR s.length = 1 OR s.token = p.tokens[1])
    UNION ALL
    SELECT s.text_number, s.length, s.first, s.first + 1, p.phrase_number
    FROM starts AS s JOIN phrases AS p ON p.first_token = s.word AND p.second_word = s.second_word
    WHERE p.token_count = 2
      AND (NOT p.match_case OR s.length = 2 OR (s.token = p.tokens[1] AND s.second_token = p.tokens[2]))
    UNION ALL
    SELECT s.text_number, s.length, s.first, s.first + 2, p.phrase_number
    FROM starts AS s
    JOIN phrases AS p ON p.first_token = s.word AND p.second_word = s.second_word AND p.third_word = s.third_word
    WHERE p.token_count = 3
      AND (NOT p.match_case OR s.length = 3
           OR (s.token = p.tokens[1] AND s.second_token = p.tokens[2] AND s.third_token = p.tokens[3]))
    UNION ALL
    SELECT c.text_number, c.length, c.first, c.last, c.phrase_number
    FROM (
        SELECT
            s.text_number, s.length, s.first, s.first + p.token_count - 1 AS last,
            p.phrase_number, p.match_case, p.tokens
        FROM starts AS s
        JOIN phrases AS p ON p.first_token = s.word AND p.second_word = s.second_word AND p.third_word = s.third_word
        WHERE p.token_count > 3 AND s.first + p.token_count - 1 <= s.length
    ) AS c
    JOIN tokenised AS t ON t.text_number = c.text_number
    WHERE CASE WHEN c.match_case AND c.last - c.first + 1 < c.length THEN t.tokens[c.first:c.last] = c.tokens
               ELSE t.words[c.first:c.last] = list_transform(c.tokens, lambda token: lower(token)) END
),
longest AS (
    SELECT * FROM matches
    QUALIFY coalesce(max(last) OVER (
        PARTITION BY text_number ORDER BY first, last DESC, phrase_number
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) < last
),
neighbours AS (
    SELECT
        l.*, p.skill_number, p.needs_context,
        lag(l.last) OVER near AS previous_last, lag(p.skill_number) OVER near AS previous_skill,
        lead(l.first) OVER near AS next_first, lead(p.skill_number) OVER near AS next_skill
    FROM longest AS l
    JOIN seed_skill_phrases AS p ON p.phrase_number = l.phrase_number
    WHERE p.skill_id IS NOT NULL
    WINDOW near AS (PARTITION BY l.text_number, p.kind = 'technology' ORDER BY l.first, l.last)
)
SELECT DISTINCT text_number, skill_number
FROM neighbours
WHERE NOT needs_context OR last - first + 1 = length
   OR (previous_skill <> skill_number AND first - previous_last <= 6)
   OR (next_skill <> skill_number AND next_first - last <= 6);

CREATE TEMP TABLE skills AS
SELECT DISTINCT skill_number, skill_id, skill, kind FROM seed_skill_phrases WHERE skill_id IS NOT NULL;

CREATE TEMP TABLE course_skills AS
SELECT c.course_id, c.code, m.skill_number
FROM courses AS c
JOIN tokenised AS t ON t.content = concat_ws(chr(10), c.title, c.description)
JOIN mentions AS m ON m.text_number = t.text_number;

CREATE TEMP TABLE posting_skills AS
SELECT p.job_posting_id, m.skill_number
FROM postings AS p
JOIN tokenised AS t ON t.content = p.content
JOIN mentions AS m ON m.text_number = t.text_number;

CREATE TEMP TABLE student_skills AS
SELECT e.student_id, s.skill_number
FROM (
    SELECT DISTINCT e.student_id, c.code
    FROM enrollments AS e JOIN courses AS c ON c.course_id = e.course_id
    WHERE e.final_result IN ('Pass', 'Distinction')
) AS e
JOIN (SELECT DISTINCT code, skill_number FROM course_skills) AS s ON s.code = e.code
UNION
SELECT d.student_id, m.skill_number
FROM (SELECT student_id, unnest(skills) AS content FROM careers) AS d
JOIN tokenised AS t ON t.content = d.content
JOIN mentions AS m ON m.text_number = t.text_number;

----------------------------------------------------------------------------------- occupations, gaps, recommendations

CREATE TEMP TABLE occupation_of AS
WITH
words AS (
    SELECT title, string_split(title_key(title), ' ') AS words
    FROM (SELECT title FROM postings UNION SELECT career_interest FROM careers)
    WHERE title IS NOT NULL
),
starts AS (
    SELECT title, words, unnest(range(1, least(len(words), 12) + 1)) AS first FROM words
),
runs AS (
    SELECT title, first, words, unnest(range(first, least(len(words), first + 7) + 1)) AS last FROM starts
)
SELECT r.title, o.occupation_code, o.occupation
FROM runs AS r
JOIN seed_occupation_titles AS t ON t.title_key = array_to_string(r.words[r.first:r.last], ' ')
JOIN seed_occupations AS o ON o.occupation_code = t.occupation_code
QUALIFY row_number() OVER (PARTITION BY r.title ORDER BY r.last - r.first DESC, r.last DESC) = 1;

CREATE TEMP TABLE aims AS
SELECT
    c.student_id, c.program_id, coalesce(p.title, c.program) AS program,
    CASE WHEN title_key(c.career_interest) = title_key(o.occupation) AND c.career_interest = lower(c.career_interest)
         THEN o.occupation ELSE c.career_interest END AS interest,
    coalesce(o.occupation_code, p.occupation_code) AS occupation_code
FROM careers AS c
LEFT JOIN programs AS p ON p.program_id = c.program_id
LEFT JOIN occupation_of AS o ON o.title = c.career_interest;

CREATE TEMP TABLE needs AS
WITH
open_postings AS (
    SELECT p.job_posting_id, o.occupation_code
    FROM postings AS p LEFT JOIN occupation_of AS o ON o.title = p.title
    WHERE is_open(p.status)
),
demand AS (
    SELECT s.skill_number, round(count(*) / (SELECT count(*) FROM open_postings), 6) AS share
    FROM posting_skills AS s JOIN open_postings AS p ON p.job_posting_id = s.job_posting_id
    GROUP BY s.skill_number
),
wanted AS (
    SELECT occupation_code FROM aims WHERE occupation_code IS NOT NULL
    UNION SELECT occupation_code FROM programs WHERE occupation_code IS NOT NULL
),
sizes AS (
    SELECT occupation_code, count(*) AS postings FROM open_postings GROUP BY occupation_code
),
asked AS (
    SELECT p.occupation_code, s.skill_number, count(*) AS postings
    FROM open_postings AS p
    JOIN wanted AS w ON w.occupation_code = p.occupation_code
    JOIN posting_skills AS s ON s.job_posting_id = p.job_posting_id
    GROUP BY p.occupation_code, s.skill_number
),
known AS (
    SELECT o.occupation_code, s.skill_number, o.importance
    FROM seed_occupation_skills AS o
    JOIN wanted AS w ON w.occupation_code = o.occupation_code
    JOIN skills AS s ON s.skill_id = o.skill_id
),
weighed AS (
    SELECT
        occupation_code, skill_number,
        CAST((0.5 * coalesce(k.importance, 0) + 0.5 * coalesce(a.postings, 0) / coalesce(z.postings, 1))
            * (1 + coalesce(d.share, 0)) AS DECIMAL(8, 4)) AS weight
    FROM known AS k
    FULL JOIN asked AS a USING (occupation_code, skill_number)
    LEFT JOIN sizes AS z USING (occupation_code)
    LEFT JOIN demand AS d USING (skill_number)
)
SELECT
    w.occupation_code, w.skill_number, s.skill, w.weight,
    row_number() OVER (PARTITION BY w.occupation_code ORDER BY w.weight DESC, s.skill_id) AS rank
FROM weighed AS w
JOIN skills AS s ON s.skill_number = w.skill_number
QUALIFY row_number() OVER (PARTITION BY w.occupation_code ORDER BY w.weight DESC, s.skill_id) <= 40;

-- Students with the same occupation in mind and the same of its skills share one answer.
CREATE TEMP TABLE groups AS
WITH
owned AS MATERIALIZED (
    SELECT a.student_id, a.occupation_code, s.skill_number
    FROM aims AS a JOIN student_skills AS s ON s.student_id = a.student_id
),
had AS (
    SELECT o.student_id, bit_or(skill_bit(n.rank)) AS bits
    FROM owned AS o
    JOIN needs AS n ON n.occupation_code = o.occupation_code AND n.skill_number = o.skill_number
    GROUP BY o.student_id
)
SELECT
    a.student_id, a.occupation_code, coalesce(h.bits, 0) AS bits,
    dense_rank() OVER (ORDER BY a.occupation_code, coalesce(h.bits, 0)) AS group_number
FROM aims AS a
LEFT JOIN had AS h ON h.student_id = a.student_id
WHERE a.occupation_code IS NOT NULL;

CREATE TEMP TABLE gaps AS
SELECT g.group_number, g.occupation_code, n.skill_number, n.skill, n.weight, n.rank
FROM (SELECT DISTINCT group_number, occupation_code, bits FROM groups) AS g
JOIN needs AS n ON n.occupation_code = g.occupation_code
WHERE g.bits & skill_bit(n.rank) = 0
QUALIFY row_number() OVER (PARTITION BY g.group_number ORDER BY n.rank) <= 10;

CREATE TEMP TABLE recommended AS
WITH
latest AS (
    SELECT code, arg_max(course_id, (coalesce(starts_on, DATE '0001-01-01'), course_id)) AS course_id
    FROM courses GROUP BY code
),
useful AS (
    SELECT
        n.occupation_code, l.code, l.course_id, n.skill_number,
        sum(n.weight) OVER (PARTITION BY n.occupation_code, l.code) AS worth
    FROM latest AS l
    JOIN course_skills AS s ON s.course_id = l.course_id
    JOIN needs AS n ON n.skill_number = s.skill_number
),
candidates AS (
    SELECT DISTINCT occupation_code, code
    FROM (
        SELECT occupation_code, code,
            row_number() OVER (PARTITION BY occupation_code, skill_number ORDER BY worth DESC, code) AS place
        FROM useful
    )
    WHERE place <= 5
),
offers AS (
    SELECT g.group_number, u.code, u.course_id, sum(g.weight) AS score
    FROM gaps AS g
    JOIN useful AS u ON u.occupation_code = g.occupation_code AND u.skill_number = g.skill_number
    JOIN candidates AS c ON c.occupation_code = u.occupation_code AND c.code = u.code
    GROUP BY g.group_number, u.code, u.course_id
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY group_number ORDER BY score DESC, code) AS rank
    FROM offers
    QUALIFY row_number() OVER (PARTITION BY group_number ORDER BY score DESC, code) <= 20
),
taken AS (
    SELECT e.student_id, list(DISTINCT c.code ORDER BY c.code) AS codes
    FROM enrollments AS e JOIN courses AS c ON c.course_id = e.course_id
    GROUP BY e.student_id
),
asking AS (
    SELECT g.student_id, g.group_number, coalesce(t.codes, CAST([] AS VARCHAR[])) AS codes
    FROM groups AS g LEFT JOIN taken AS t ON t.student_id = g.student_id
),
chosen AS (
    SELECT a.group_number, a.codes, arg_min(r.course_id, r.rank, 5) AS course_ids
    FROM (SELECT DISTINCT group_number, codes FROM asking) AS a
    JOIN ranked AS r ON r.group_number = a.group_number AND NOT list_contains(a.codes, r.code)
    GROUP BY a.group_number, a.codes
)
SELECT a.student_id, c.course_ids
FROM asking AS a
JOIN chosen AS c ON c.group_number = a.group_number AND c.codes = a.codes;

-------------------------------------------------------------------------------------------------------------- curated

CREATE TEMP VIEW student_profile AS
SELECT
    s.student_id,
    {first_name: coalesce(s.first_name, c.first_name), last_name: coalesce(s.last_name, c.last_name),
     email: coalesce(s.email, c.email)} AS personal_info,
    {program: a.program, gpa: coalesce(s.gpa, round(m.mean_score / 25, 2)), credits: coalesce(s.credits, e.credits),
     graduation_date: c.expected_graduation} AS academic_info,
    {performance_score: coalesce(t.performance_score, m.mean_score), engagement_level: t.engagement_level,
     learning_style: t.learning_style} AS performance_info,
    {interest: a.interest, skill_gaps: coalesce(g.skills, CAST([] AS VARCHAR[])),
     recommended_courses: coalesce(r.course_ids, CAST([] AS VARCHAR[]))} AS career_info,
    {adviser_id: x.adviser_id, directory_opt_out: x.directory_opt_out, employer_consent: x.employer_consent}
        AS access_info,
    coalesce(k.skills, CAST([] AS VARCHAR[])) AS skills,
    s.region, s.status,
    greatest(s.updated_at, x.updated_at, m.updated_at, e.updated_at, CAST(t.last_activity AS TIMESTAMP)) AS updated_at,
    {first_name: CASE WHEN s.first_name IS NOT NULL THEN 'oracle' WHEN c.first_name IS NOT NULL THEN 'workday' END,
     last_name: CASE WHEN s.last_name IS NOT NULL THEN 'oracle' WHEN c.last_name IS NOT NULL THEN 'workday' END,
     email: CASE WHEN s.email IS NOT NULL THEN 'oracle' WHEN c.email IS NOT NULL THEN 'workday' END,
     program: CASE WHEN a.program IS NOT NULL THEN 'workday' END,
     gpa: CASE WHEN s.gpa IS NOT NULL THEN 'oracle' WHEN m.mean_score IS NOT NULL THEN 'computed' END,
     credits: CASE WHEN s.credits IS NOT NULL THEN 'oracle' WHEN e.credits IS NOT NULL THEN 'computed' END,
     graduation_date: CASE WHEN c.expected_graduation IS NOT NULL THEN 'workday' END,
     performance_score: CASE WHEN t.performance_score IS NOT NULL THEN 'tableau'
                             WHEN m.mean_score IS NOT NULL THEN 'computed' END,
     engagement_level: CASE WHEN t.engagement_level IS NOT NULL THEN 'tableau' END,
     learning_style: CASE WHEN t.learning_style IS NOT NULL THEN 'tableau' END,
     interest: CASE WHEN a.interest IS NOT NULL THEN 'workday' END,
     adviser_id: CASE WHEN x.adviser_id IS NOT NULL THEN 'oracle' END,
     directory_opt_out: CASE WHEN x.directory_opt_out IS NOT NULL THEN 'oracle' END,
     employer_consent: CASE WHEN x.employer_consent IS NOT NULL THEN 'oracle' END} AS provenance
FROM students AS s
LEFT JOIN access AS x ON x.student_id = s.student_id
LEFT JOIN careers AS c ON c.student_id = s.student_id
LEFT JOIN aims AS a ON a.student_id = s.student_id
LEFT JOIN analytics AS t ON t.student_id = s.student_id
LEFT JOIN scores AS m ON m.student_id = s.student_id
LEFT JOIN (
    SELECT
        student_id, max(updated_at) AS updated_at,
        CAST(sum(CASE WHEN final_result IN ('Pass', 'Distinction') THEN studied_credits ELSE 0 END)
            AS INTEGER) AS credits
    FROM enrollments GROUP BY student_id
) AS e ON e.student_id = s.student_id
LEFT JOIN (
    SELECT o.student_id, list(k.skill ORDER BY k.skill) AS skills
    FROM student_skills AS o JOIN skills AS k ON k.skill_number = o.skill_number
    GROUP BY o.student_id
) AS k ON k.student_id = s.student_id
LEFT JOIN groups AS o ON o.student_id = s.student_id
LEFT JOIN (
    SELECT group_number, arg_min(skill, rank, 10) AS skills FROM gaps GROUP BY group_number
) AS g ON g.group_number = o.group_number
LEFT JOIN recommended AS r ON r.student_id = s.student_id;

CREATE TEMP VIEW job_posting AS
SELECT
    p.job_posting_id, p.title, p.company, coalesce(p.location, p.country) AS location,
    {skills: coalesce(s.skills, CAST([] AS VARCHAR[])), education: p.education,
     experience: p.experience} AS requirements,
    {salary_range: amount_range(p.salary_min, p.salary_max),
     currency: CASE WHEN amount_range(p.salary_min, p.salary_max) IS NOT NULL THEN p.currency END} AS compensation,
    {posting_date: p.posting_date, application_deadline: p.application_deadline,
     status: coalesce(p.status, 'Open')} AS metadata,
    p.description, p.category, p.time_type, p.job_type, p.url, o.occupation_code, o.occupation,
    CAST(p.posting_date AS TIMESTAMP) AS updated_at
FROM postings AS p
LEFT JOIN (
    SELECT m.job_posting_id, list(k.skill ORDER BY k.skill) AS skills
    FROM posting_skills AS m JOIN skills AS k ON k.skill_number = m.skill_number
    GROUP BY m.job_posting_id
) AS s ON s.job_posting_id = p.job_posting_id
LEFT JOIN occupation_of AS o ON o.title = p.title;

CREATE TEMP VIEW course AS
SELECT
    c.course_id, c.code, c.title, c.description, c.department, c.level, c.credits, c.length_days, c.starts_on,
    coalesce(s.skills, CAST([] AS VARCHAR[])) AS skills, coalesce(r.enrolled, 0) AS enrolled, r.pass_rate, c.updated_at
FROM courses AS c
LEFT JOIN (
    SELECT m.course_id, list(k.skill ORDER BY k.skill) AS skills
    FROM course_skills AS m JOIN skills AS k ON k.skill_number = m.skill_number
    GROUP BY m.course_id
) AS s ON s.course_id = c.course_id
LEFT JOIN (
    SELECT
        course_id, CAST(count(*) AS INTEGER) AS enrolled,
        round(avg(CASE WHEN final_result IN ('Pass', 'Distinction') THEN 1.0
                       WHEN final_result IS NOT NULL THEN 0.0 END), 4) AS pass_rate
    FROM enrollments GROUP BY course_id
) AS r ON r.course_id = c.course_id;

CREATE TEMP VIEW program AS
SELECT
    p.program_id, p.title, p.level, p.department, p.field, p.status, p.occupation_code, o.occupation,
    coalesce(s.skills, CAST([] AS VARCHAR[])) AS skills, coalesce(z.students, 0) AS students
FROM programs AS p
LEFT JOIN seed_occupations AS o ON o.occupation_code = p.occupation_code
LEFT JOIN (
    SELECT occupation_code, list(skill ORDER BY rank) AS skills FROM needs WHERE rank <= 15 GROUP BY occupation_code
) AS s ON s.occupation_code = p.occupation_code
LEFT JOIN (
    SELECT program_id, CAST(count(*) AS INTEGER) AS students FROM careers GROUP BY program_id
) AS z ON z.program_id = p.program_id;
