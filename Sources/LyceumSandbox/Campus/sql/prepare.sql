-- Macros and the real data, read once. Variables that the caller sets before: campus (folder of these resources), seed,
-- student_count, posting_count, course_count, programme_count.

-- A number from 0 up to, not including, n that depends on nothing but the seed, the purpose and the key.
CREATE OR REPLACE MACRO pick(purpose, key, n) AS
    (md5_number_lower(concat(getvariable('seed'), '/', purpose, '/', key)) % n)::BIGINT;

-- True for that share of the keys.
CREATE OR REPLACE MACRO chance(purpose, key, share) AS pick(purpose, key, 1000000) < (share * 1000000)::BIGINT;

-- One of a list; `near_front` is a position that is more often at the front, `favourite` the item there.
CREATE OR REPLACE MACRO one_of(items, purpose, key) AS items[1 + pick(purpose, key, len(items))];
CREATE OR REPLACE MACRO near_front(n, purpose, key) AS 1 + floor(pow(pick(purpose, key, 10000) / 10000.0, 2) * n)::BIGINT;
CREATE OR REPLACE MACRO favourite(items, purpose, key) AS items[near_front(len(items), purpose, key)];

-- OULAD's presentations: 2013B starts on the first of February 2013, 2013J on the first of October.
CREATE OR REPLACE MACRO starts(presentation) AS
    make_date(presentation[:4]::INTEGER, CASE WHEN presentation[5] = 'B' THEN 2 ELSE 10 END, 1);

-- How a person writes O*NET's name of a product: as it is, without "software", or by its short form.
CREATE OR REPLACE MACRO written(skill, form) AS CASE
    WHEN form = 0 THEN skill
    WHEN form = 1 AND regexp_matches(skill, '^(\S+ ){3,}[A-Z]{2,5}( software)?$')
        THEN regexp_replace(regexp_replace(skill, ' software$', ''), ' ([A-Z]{2,5})$', ' (\1)')
    WHEN form = 2 AND regexp_matches(skill, '^(\S+ ){3,}[A-Z]{2,5}( software)?$')
        THEN regexp_extract(skill, '([A-Z]{2,5})( software)?$', 1)
    WHEN form = 2 AND starts_with(skill, 'The MathWorks ') THEN substr(skill, 15)
    WHEN form = 2 AND skill IN ('Microsoft Excel', 'Microsoft PowerPoint', 'Microsoft Power BI', 'Microsoft SharePoint')
        THEN substr(skill, 11)
    ELSE regexp_replace(skill, ' software$', '') END;

CREATE OR REPLACE MACRO html(t) AS replace(replace(replace(t, '&', '&amp;'), '<', '&lt;'), '''', '&#39;');

-- For the faults in dirt/: what befalls a row (at most one fate) and a column's value; a date that does not exist; text not in NFC.
CREATE OR REPLACE MACRO fate(tbl, key, low, high) AS pick(tbl || ' fate', key, 10000) BETWEEN low AND high - 1;
CREATE OR REPLACE MACRO lot(col, key, low, high) AS pick(col || ' lot', key, 10000) BETWEEN low AND high - 1;
CREATE OR REPLACE MACRO impossible(d) AS d[:4] || CASE WHEN d[9:10] < '15' THEN '-02-30' ELSE '-13-01' END;
CREATE OR REPLACE MACRO reformatted(d, form) AS CASE form WHEN 0 THEN strftime(d::DATE, '%d/%m/%Y')
    WHEN 1 THEN strftime(d::DATE, '%-d %b %Y') ELSE strftime(d::DATE, '%Y%m%d') END;
CREATE OR REPLACE MACRO decomposed(t) AS replace(replace(replace(replace(replace(replace(replace(t,
    'é', 'e' || chr(769)), 'á', 'a' || chr(769)), 'í', 'i' || chr(769)), 'ó', 'o' || chr(769)), 'ú', 'u' || chr(769)), 'ñ', 'n' || chr(771)), 'ü', 'u' || chr(776));

CREATE TABLE info AS FROM read_parquet(getvariable('campus') || '/data/oulad_student_info.parquet');
CREATE TABLE registration AS FROM read_parquet(getvariable('campus') || '/data/oulad_student_registration.parquet');
CREATE TABLE assessment AS FROM read_parquet(getvariable('campus') || '/data/oulad_assessments.parquet');
CREATE TABLE result AS FROM read_parquet(getvariable('campus') || '/data/oulad_student_assessment.parquet');
CREATE TABLE presentation AS FROM read_parquet(getvariable('campus') || '/data/oulad_courses.parquet');
CREATE TABLE occupation AS FROM read_parquet(getvariable('campus') || '/data/onet_occupations.parquet');
CREATE TABLE announcement AS FROM read_parquet(getvariable('campus') || '/data/usajobs_announcements.parquet');
CREATE TABLE subject AS FROM read_csv(getvariable('campus') || '/words/subjects.csv');
CREATE TABLE module AS FROM read_csv(getvariable('campus') || '/words/modules.csv');
CREATE TABLE names AS
SELECT list(name ORDER BY position) FILTER (kind = 'F') AS female, list(name ORDER BY position) FILTER (kind = 'M') AS male,
       list(name ORDER BY position) FILTER (kind = 'last') AS last
FROM read_csv(getvariable('campus') || '/words/names.csv');

-- Each occupation's first thirty technologies and its knowledge areas, as lists to pick from. English is asked everywhere.
CREATE TABLE toolbox AS
WITH technology AS (
    SELECT code, list(skill ORDER BY position)[:30] AS tools
    FROM read_parquet(getvariable('campus') || '/data/onet_technology_skills.parquet') GROUP BY code),
ability AS (
    SELECT code, list(name ORDER BY importance DESC, name) FILTER (kind = 'knowledge' AND name <> 'English Language') AS knowledge,
           list(name ORDER BY importance DESC, name) FILTER (kind = 'skill') AS skills
    FROM read_parquet(getvariable('campus') || '/data/onet_abilities.parquet') GROUP BY code)
SELECT code, title, coalesce(job_zone, 4) AS job_zone, coalesce(tools, ['Microsoft Office software']) AS tools,
       coalesce(knowledge, ['Administrative']) AS knowledge, coalesce(skills, ['Active Listening']) AS skills
FROM occupation LEFT JOIN technology USING (code) LEFT JOIN ability USING (code);

-- The same, one row each, for picking by joining: that is much faster than picking from lists in long tables.
CREATE TABLE ability AS
SELECT code, 'technology' AS kind, unnest(tools) AS name, unnest(range(1, len(tools) + 1)) AS position FROM toolbox
UNION ALL
SELECT code, 'knowledge', unnest(knowledge), unnest(range(1, len(knowledge) + 1)) FROM toolbox;

CREATE TABLE extent AS SELECT code, len(tools) AS tools, len(knowledge) AS areas FROM toolbox;

-- ---------------------------------------------------------------- who is at the campus
-- Copies of OULAD's students get new ids: their own plus ten million for each copy.
CREATE TABLE variant AS
SELECT getvariable('course_count')::INTEGER // (SELECT count(*) FROM presentation)::INTEGER AS variants;

CREATE TABLE person AS
WITH known AS (SELECT DISTINCT id_student FROM info),
copies AS (
    SELECT unnest(range(0, 1 + (getvariable('student_count')::BIGINT - 1) // (SELECT count(*) FROM known))) AS copy)
SELECT id_student + copy * 10000000 AS student_id, id_student, copy::INTEGER AS copy,
       CASE WHEN copy = 0 OR variants < 2 THEN 0
            ELSE 1 + pick('variant', id_student + copy * 10000000, variants - 1) END AS variant
FROM known, copies, variant
ORDER BY copy, pick('person', id_student, 1000000000), id_student
LIMIT getvariable('student_count')::BIGINT;
