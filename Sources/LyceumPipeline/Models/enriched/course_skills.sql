-- Skills a course teaches, as its title and description name them.
SELECT c.course_id, c.code, m.skill_id, m.skill, m.kind, m.hot, m.mentions
FROM ref('courses') AS c
JOIN ref('skill_mentions') AS m ON m.text_key = text_key(concat_ws(chr(10), c.title, c.description))
