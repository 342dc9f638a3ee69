-- One profile a student, from the three sources. Precedence, field by field: the registrar (Oracle) over Workday over
-- Tableau; a grade point average the registrar lacks is computed from assessment scores, a performance score Tableau
-- lacks likewise. `provenance` says which source each field came from.
WITH
scores AS (
    -- The mean score in percent, weighted by the assessment's weight; 25 points of a hundred make one grade point.
    SELECT
        student_id,
        round(sum(score * weight) / sum(weight), 2) AS mean_score,
        max(updated_at) AS updated_at
    FROM (
        SELECT
            student_id, updated_at,
            CAST(round(score, 2) AS DECIMAL(7, 2)) AS score,
            CAST(round(greatest(weight, 1), 2) AS DECIMAL(7, 2)) AS weight
        FROM ref('academic_records')
        WHERE score IS NOT NULL AND weight IS NOT NULL
    ) AS marked
    GROUP BY student_id
),
credits AS (
    SELECT
        student_id,
        CAST(sum(CASE WHEN final_result IN ('Pass', 'Distinction') THEN studied_credits ELSE 0 END)
            AS INTEGER) AS credits,
        max(updated_at) AS updated_at
    FROM ref('enrollments')
    GROUP BY student_id
),
skills AS (
    SELECT student_id, list_sorted(skill) AS skills FROM ref('student_skills') GROUP BY student_id
)
SELECT
    s.student_id,
    struct_pack(
        first_name := coalesce(s.first_name, w.first_name),
        last_name := coalesce(s.last_name, w.last_name),
        email := coalesce(s.email, w.email)) AS personal_info,
    struct_pack(
        program := w.program,
        gpa := coalesce(s.gpa, round(c.mean_score / 25, 2)),
        credits := coalesce(s.credits, e.credits),
        graduation_date := w.expected_graduation) AS academic_info,
    struct_pack(
        performance_score := coalesce(a.performance_score, c.mean_score),
        engagement_level := a.engagement_level,
        learning_style := a.learning_style) AS performance_info,
    struct_pack(
        interest := w.career_interest,
        skill_gaps := coalesce(g.skills, CAST([] AS VARCHAR[])),
        recommended_courses := coalesce(r.course_ids, CAST([] AS VARCHAR[]))) AS career_info,
    struct_pack(
        adviser_id := x.adviser_id,
        directory_opt_out := x.directory_opt_out,
        employer_consent := x.employer_consent) AS access_info,
    coalesce(k.skills, CAST([] AS VARCHAR[])) AS skills,
    s.region,
    s.status,
    greatest(s.updated_at, x.updated_at, c.updated_at, e.updated_at, CAST(a.last_activity AS TIMESTAMP)) AS updated_at,
    struct_pack(
        first_name := CASE WHEN s.first_name IS NOT NULL THEN 'oracle' WHEN w.first_name IS NOT NULL THEN 'workday' END,
        last_name := CASE WHEN s.last_name IS NOT NULL THEN 'oracle' WHEN w.last_name IS NOT NULL THEN 'workday' END,
        email := CASE WHEN s.email IS NOT NULL THEN 'oracle' WHEN w.email IS NOT NULL THEN 'workday' END,
        program := CASE WHEN w.program IS NOT NULL THEN 'workday' END,
        gpa := CASE WHEN s.gpa IS NOT NULL THEN 'oracle' WHEN c.mean_score IS NOT NULL THEN 'computed' END,
        credits := CASE WHEN s.credits IS NOT NULL THEN 'oracle' WHEN e.credits IS NOT NULL THEN 'computed' END,
        graduation_date := CASE WHEN w.expected_graduation IS NOT NULL THEN 'workday' END,
        performance_score := CASE WHEN a.performance_score IS NOT NULL THEN 'tableau'
                                  WHEN c.mean_score IS NOT NULL THEN 'computed' END,
        engagement_level := CASE WHEN a.engagement_level IS NOT NULL THEN 'tableau' END,
        learning_style := CASE WHEN a.learning_style IS NOT NULL THEN 'tableau' END,
        interest := CASE WHEN w.career_interest IS NOT NULL THEN 'workday' END,
        adviser_id := CASE WHEN x.adviser_id IS NOT NULL THEN 'oracle' END,
        directory_opt_out := CASE WHEN x.directory_opt_out IS NOT NULL THEN 'oracle' END,
        employer_consent := CASE WHEN x.employer_consent IS NOT NULL THEN 'oracle' END) AS provenance
FROM ref('students') AS s
LEFT JOIN ref('student_access') AS x ON x.student_id = s.student_id
LEFT JOIN ref('student_careers') AS w ON w.student_id = s.student_id
LEFT JOIN ref('student_analytics') AS a ON a.student_id = s.student_id
LEFT JOIN scores AS c ON c.student_id = s.student_id
LEFT JOIN credits AS e ON e.student_id = s.student_id
LEFT JOIN skills AS k ON k.student_id = s.student_id
LEFT JOIN ref('skill_gaps') AS g ON g.student_id = s.student_id
LEFT JOIN ref('course_recommendations') AS r ON r.student_id = s.student_id
