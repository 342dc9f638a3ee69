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
        SELECT row_number() OVER () AS text_number, text_key(content) AS text_key, skill_tokens(content) AS tokens
        FROM texts
        WHERE content <> ''
    ) AS split
),
phrases AS (
    SELECT *, lower(tokens[2]) AS second_token, lower(tokens[3]) AS third_token FROM seed('skill_phrases')
),
-- Every place where a phrase may begin, with the two words behind it. Phrases are found by up to three words at once:
-- by the first alone "work" would meet each of the many phrases that begin with it.
starts AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT
            text_number, len(tokens) AS length, generate_subscripts(tokens, 1) AS first, unnest(tokens) AS token,
            unnest(words) AS word, unnest(words[2:]) AS second_word, unnest(words[3:]) AS third_word
        FROM tokenised
    ) AS positions
    WHERE word IN (SELECT first_token FROM phrases)
),
matches AS (
    SELECT s.text_number, s.first, s.first AS last, p.phrase_number
    FROM starts AS s
    JOIN phrases AS p ON p.first_token = s.word
    WHERE p.token_count = 1 AND (NOT p.match_case OR s.token = p.tokens[1] OR s.length = 1)
    UNION ALL
    SELECT s.text_number, s.first, s.first + 1, p.phrase_number
    FROM starts AS s
    JOIN phrases AS p ON p.first_token = s.word AND p.second_token = s.second_word
    JOIN tokenised AS t ON t.text_number = s.text_number
    WHERE p.token_count = 2 AND p.match_case AND (s.length = 2 OR t.tokens[s.first:s.first + 1] = p.tokens)
    UNION ALL
    SELECT s.text_number, s.first, s.first + 1, p.phrase_number
    FROM starts AS s
    JOIN phrases AS p ON p.first_token = s.word AND p.second_token = s.second_word
    WHERE p.token_count = 2 AND NOT p.match_case
    UNION ALL
    SELECT s.text_number, s.first, s.first + p.token_count - 1, p.phrase_number
    FROM starts AS s
    JOIN phrases AS p ON p.first_token = s.word AND p.second_token = s.second_word AND p.third_token = s.third_word
    JOIN tokenised AS t ON t.text_number = s.text_number
    WHERE p.token_count > 2
      AND CASE WHEN p.match_case THEN t.tokens[s.first:s.first + p.token_count - 1] = p.tokens
               ELSE t.words[s.first:s.first + p.token_count - 1] = p.tokens END
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
        l.text_number, l.first, l.last, p.skill_number, p.needs_context,
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
    JOIN tokenised AS t ON t.text_number = n.text_number
    WHERE NOT n.needs_context
       OR n.last - n.first + 1 = len(t.tokens)
       OR (n.previous_skill <> n.skill_number AND n.first - n.previous_last <= 6)
       OR (n.next_skill <> n.skill_number AND n.next_first - n.last <= 6)
    GROUP BY n.text_number, n.skill_number
)
SELECT t.text_key, k.skill_id, k.skill, k.kind, k.hot, m.mentions
FROM mentions AS m
JOIN tokenised AS t ON t.text_number = m.text_number
JOIN (SELECT DISTINCT skill_number, skill_id, skill, kind, hot FROM seed('skill_phrases')) AS k
    ON k.skill_number = m.skill_number
