-- The two workbooks, with the headers that Tableau would show.
CREATE SCHEMA tableau;

-- Engagement: High when at least 80 % of the coursework due was handed in and on time on average, Low below 40 %.
-- Learning style: the kind of assessment with the best mean score: tutor marked, computer marked, or exam.
CREATE TABLE analytics AS
WITH due AS (
    SELECT e.id_student, count(*) AS due FROM enrolled e JOIN assessment a USING (code_module, code_presentation)
    WHERE a.assessment_type <> 'Exam' GROUP BY 1),
handed_in AS (
    SELECT id_student, count(*) AS submitted, count(*) FILTER (assessment_type <> 'Exam') AS coursework,
           avg(due - date_submitted) FILTER (is_banked = 0 AND due IS NOT NULL) AS days_early, max(submitted_on) AS last_activity
    FROM marked GROUP BY 1),
best AS (
    SELECT id_student, arg_max(assessment_type, (mean, assessment_type)) AS kind
    FROM (SELECT id_student, assessment_type, avg(score) AS mean FROM marked WHERE score IS NOT NULL GROUP BY 1, 2) GROUP BY 1)
SELECT h.id_student, round(s.mean_score, 1) AS performance_score,
       CASE WHEN coalesce(i.coursework, 0) < 0.4 * d.due THEN 'Low' WHEN i.coursework >= 0.8 * d.due AND i.days_early >= 0 THEN 'High' ELSE 'Medium' END AS engagement_level,
       CASE b.kind WHEN 'TMA' THEN 'Assignments' WHEN 'CMA' THEN 'Quizzes' WHEN 'Exam' THEN 'Exams' END AS learning_style,
       coalesce(i.submitted, 0) AS assessments_submitted, round(i.days_early, 1) AS mean_days_early, i.last_activity
FROM history h LEFT JOIN due d USING (id_student) LEFT JOIN handed_in i USING (id_student) LEFT JOIN best b USING (id_student)
LEFT JOIN standing s USING (id_student);

CREATE TABLE tableau.student_analytics AS
SELECT p.student_id::VARCHAR AS "Student Id", a.performance_score::DECIMAL(5, 1)::VARCHAR AS "Performance Score", a.engagement_level AS "Engagement Level",
       a.learning_style AS "Learning Style", a.assessments_submitted::VARCHAR AS "Assessments Submitted",
       a.mean_days_early::DECIMAL(6, 1)::VARCHAR AS "Mean Days Early", a.last_activity::VARCHAR AS "Last Activity"
FROM person p JOIN analytics a USING (id_student)
ORDER BY p.copy, p.student_id;

-- Growth is in per cent of the month before, share in per cent of the month's postings; thousands have a comma.
CREATE TABLE tableau.job_market_trends AS
WITH monthly AS (
    SELECT o.title AS occupation, date_trunc('month', a.opens)::DATE AS month, count(*) AS postings
    FROM advertised a JOIN occupation o ON o.code = a.occupation_code GROUP BY 1, 2),
compared AS (
    SELECT *, 100.0 * postings / sum(postings) OVER (PARTITION BY month) AS share,
           lag(postings) OVER w AS before, lag(month) OVER w AS month_before
    FROM monthly WINDOW w AS (PARTITION BY occupation ORDER BY month))
SELECT occupation AS "Occupation", strftime(month, '%Y-%m') AS "Month", format('{:,}', postings) AS "Postings", format('{:.2f}', share) AS "Share",
       CASE WHEN month_before = month - INTERVAL 1 MONTH THEN format('{:,.1f}', 100.0 * (postings - before) / before) END AS "Growth"
FROM compared ORDER BY month, occupation;
