-- Skills named in the texts of courses, job postings and students' own lists; each distinct text is read once.
--
-- A phrase of the taxonomy matches token by token, so it cannot begin or end inside a word. Of two matches where one
-- lies inside the other the longer stands ("SQL" in "PL/SQL" does not); phrases of kind "blocked" take part in that
-- and are dropped after it ("vitamin C" shadows "C"). A phrase that needs context ("R", "Go", "Word") counts when it
-- is the whole text or another skill of its group, technology or not, is at most six tokens away. Case does not count
-- when the phrase is the whole text, as in a student's own list.
WITH
texts AS (
    SELECT concat_ws(chr(10), title, description) AS content FROM ref('courses')
    UNION
    SELECT concat_ws(chr(10), title, description) FROM ref('job_postings')
    UNION
    SELECT unnest(skills) FROM ref('workday_students')
),
tokenised AS MATERIALIZED (
    SELECT *, list_transform(tokens, lambda token: lower(token)) AS words
    FROM (
        SELECT distinct_number(text_key(content)) AS text_number, text_key(content) AS text_key, skill_tokens(content) AS tokens
        FROM texts
        WHERE content <> ''
    ) AS split
),
phrases AS (
    SELECT *, first_token AS first_word, lower(tokens[2]) AS second_word, lower(tokens[3]) AS third_word
    FROM seed('skill_phrases')
),
-- Every place where a phrase may begin, with the two words behind it. Phrases are found by up to three words at once:
-- by the first alone "work" would meet each of the many phrases that begin with it.
starts AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT
            text_number, len(tokens) AS length, generate_subscripts(tokens, 1) AS first,
            unnest(tokens) AS token, unnest(tokens[2:]) AS second_token, unnest(tokens[3:]) AS third_token,
            unnest(words) AS word, unnest(words[2:]) AS second_word, unnest(words[3:]) AS third_word
        FROM tokenised
    ) AS positions
    WHERE word IN (SELECT first_word FROM phrases)
),
matches AS (
    SELECT s.text_number, s.length, s.first, s.first AS last, p.phrase_number
    FROM starts AS s
    JOIN phrases AS p ON p.first_word = s.word
    WHERE p.token_count = 1 AND (NOT p.match_case OR s.length = 1 OR s.token = p.tokens[1])
    UNION ALL
    SELECT s.text_number, s.length, s.first, s.first + 1, p.phrase_number
    FROM starts AS s
    JOIN phrases AS p ON p.first_word = s.word AND p.second_word = s.second_word
    WHERE p.token_count = 2
      AND (NOT p.match_case OR s.length = 2 OR (s.token = p.tokens[1] AND s.second_token = p.tokens[2]))
    UNION ALL
    SELECT s.text_number, s.length, s.first, s.first + 2, p.phrase_number
    FROM starts AS s
    JOIN phrases AS p ON p.first_word = s.word AND p.second_word = s.second_word AND p.third_word = s.third_word
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
        JOIN phrases AS p ON p.first_word = s.word AND p.second_word = s.second_word AND p.third_word = s.third_word
        WHERE p.token_count > 3 AND s.first + p.token_count - 1 <= s.length
    ) AS c
    JOIN tokenised AS t ON t.text_number = c.text_number
    WHERE CASE WHEN c.match_case AND c.last - c.first + 1 < c.length THEN t.tokens[c.first:c.last] = c.tokens
               ELSE t.words[c.first:c.last] = list_transform(c.tokens, lambda token: lower(token)) END
),
longest AS (
    SELECT *
    FROM matches
    QUALIFY coalesce(max(last) OVER (
        PARTITION BY text_number ORDER BY first, last DESC, phrase_number
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) < last
),
neighbours AS (
    SELECT
        l.text_number, l.length, l.first, l.last, p.skill_number, p.needs_context,
        lag(l.last) OVER near AS previous_last, lag(p.skill_number) OVER near AS previous_skill,
        lead(l.first) OVER near AS next_first, lead(p.skill_number) OVER near AS next_skill
    FROM longest AS l
    JOIN seed('skill_phrases') AS p ON p.phrase_number = l.phrase_number
    WHERE p.skill_id IS NOT NULL
    WINDOW near AS (PARTITION BY l.text_number, p.kind = 'technology' ORDER BY l.first, l.last)
),
mentions AS (
    SELECT n.text_number, n.skill_number, CAST(count(*) AS INTEGER) AS mentions
    FROM neighbours AS n
    WHERE NOT n.needs_context
       OR n.last - n.first + 1 = n.length
       OR (n.previous_skill <> n.skill_number AND n.first - n.previous_last <= 6)
       OR (n.next_skill <> n.skill_number AND n.next_first - n.last <= 6)
    GROUP BY n.text_number, n.skill_number
)
SELECT t.text_key, k.skill_id, k.skill, k.kind, k.hot, m.mentions
FROM mentions AS m
JOIN tokenised AS t ON t.text_number = m.text_number
JOIN (SELECT DISTINCT skill_number, skill_id, skill, kind, hot FROM seed('skill_phrases')) AS k
    ON k.skill_number = m.skill_number
