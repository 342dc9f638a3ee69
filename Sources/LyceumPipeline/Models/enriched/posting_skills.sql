-- Skills a job posting asks for, as its title and description name them.
SELECT j.job_posting_id, m.skill_id, m.skill, m.kind, m.hot, m.mentions
FROM ref('job_postings') AS j
JOIN ref('skill_mentions') AS m ON m.text_key = text_key(concat_ws(chr(10), j.title, j.description))
