-- Skills named in the texts of courses, job postings and students' own lists; each distinct text is read once.
--
-- A phrase of the taxonomy matches token by token, so it cannot begin or end inside a word. Of two matches where one
-- lies inside the other the longer stands ("Java" in "JavaScript Object Notation" does not); phrases of kind
-- "blocked" take part in that and are dropped after it ("vitamin C" shadows "C"). A phrase that needs context ("R",
-- "Go", "Word") counts when it is the whole text or another skill of its group, technology or not, is at most six
-- tokens away. Case does not count when the phrase is the whole text, as in a student's own list.
WITH
texts AS (
    SELECT DISTINCT concat_ws(chr(10), title, description) AS content FROM ref('courses')
    UNION
    SELECT DISTINCT concat_ws(chr(10), title, description) FROM ref('job_postings')
    UNION
    SELECT DISTINCT unnest(skills) FROM ref('workday_students')
),
tokenised AS MATERIALIZED (
    SELECT row_number() OVER () AS text_number, text_key(content) AS text_key, skill_tokens(content) AS tokens
    FROM texts
    WHERE content <> ''
),
phrases AS (
    SELECT *, lower(tokens[2]) AS second_token, lower(tokens[3]) AS third_token FROM seed('skill_phrases')
),
-- Every place where a phrase may begin, with the two tokens behind it. Phrases are found by up to three tokens at
-- once: by the first alone "work" would meet each of the many phrases that begin with it.
starts AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT
            text_number, len(tokens) AS length, generate_subscripts(tokens, 1) AS first,
            unnest(tokens) AS token, unnest(tokens[2:]) AS second, unnest(tokens[3:]) AS third
        FROM tokenised
    ) AS words
    WHERE lower(token) IN (SELECT first_token FROM phrases)
),
matches AS (
    SELECT s.text_number, s.first, s.first AS last, p.skill_id, p.skill, p.kind, p.hot, p.needs_context
    FROM starts AS s
    JOIN phrases AS p ON lower(s.token) = p.first_token
    WHERE p.token_count = 1 AND (NOT p.match_case OR s.token = p.tokens[1] OR s.length = 1)
    UNION ALL
    SELECT s.text_number, s.first, s.first + 1, p.skill_id, p.skill, p.kind, p.hot, p.needs_context
    FROM starts AS s
    JOIN phrases AS p ON lower(s.token) = p.first_token AND lower(s.second) = p.second_token
    WHERE p.token_count = 2 AND (NOT p.match_case OR s.length = 2 OR (s.token = p.tokens[1] AND s.second = p.tokens[2]))
    UNION ALL
    SELECT s.text_number, s.first, s.first + p.token_count - 1, p.skill_id, p.skill, p.kind, p.hot, p.needs_context
    FROM starts AS s
    JOIN phrases AS p
        ON lower(s.token) = p.first_token AND lower(s.second) = p.second_token AND lower(s.third) = p.third_token
    JOIN tokenised AS t ON t.text_number = s.text_number
    WHERE p.token_count > 2
      AND CASE WHEN p.match_case THEN t.tokens[s.first:s.first + p.token_count - 1] = p.tokens
               WHEN p.token_count = 3 THEN TRUE
               ELSE list_transform(t.tokens[s.first:s.first + p.token_count - 1], lambda token: lower(token)) = p.tokens END
),
longest AS (
    SELECT *, kind = 'technology' AS is_technology
    FROM matches
    QUALIFY coalesce(max(last) OVER (
        PARTITION BY text_number ORDER BY first, last DESC, kind, skill_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) < last
),
neighbours AS (
    SELECT *,
        lag(last) OVER near AS previous_last, lag(skill_id) OVER near AS previous_skill,
        lead(first) OVER near AS next_first, lead(skill_id) OVER near AS next_skill
    FROM longest
    WHERE skill_id IS NOT NULL
    WINDOW near AS (PARTITION BY text_number, is_technology ORDER BY first, last)
)
SELECT t.text_key, n.skill_id, n.skill, n.kind, n.hot, CAST(count(*) AS INTEGER) AS mentions
FROM neighbours AS n
JOIN tokenised AS t ON t.text_number = n.text_number
WHERE NOT n.needs_context
   OR n.last - n.first + 1 = len(t.tokens)
   OR (n.previous_skill <> n.skill_id AND n.first - n.previous_last <= 6)
   OR (n.next_skill <> n.skill_id AND n.next_first - n.last <= 6)
GROUP BY ALL
