-- Functions the models may use beside standard SQL, as DuckDB macros. Run once per connection, before any model.
-- Each takes a column of any type, is NULL for NULL, and never fails on bad input: what cannot be read becomes NULL,
-- and the model's tests decide whether that row goes to quarantine. Typed input costs no more than a cast.

---------------------------------------------------------------------------------------------------------------- text

-- The value as one line of text: Unicode NFC, white space runs collapsed, trimmed; empty becomes NULL.
-- The pattern test is a guard: the rewrite runs only on rows that have something to collapse.
CREATE OR REPLACE MACRO as_text(x) AS nullif(
    CASE WHEN regexp_matches(CAST(x AS VARCHAR), '  |[\t\r\n\f\v\x{A0}\x{2007}\x{200B}\x{202F}\x{3000}\x{FEFF}]')
         THEN trim(regexp_replace(nfc_normalize(CAST(x AS VARCHAR)),
             '[\s\v\x{A0}\x{2007}\x{200B}\x{202F}\x{3000}\x{FEFF}]+', ' ', 'g'))
         ELSE trim(nfc_normalize(CAST(x AS VARCHAR))) END, '');

-- An identifier as text: "11391", " 11391 " and the spreadsheet's "11391.0" are one.
CREATE OR REPLACE MACRO as_id(x) AS
    CASE WHEN typeof(x) IN ('BIGINT', 'INTEGER', 'HUGEINT') THEN CAST(x AS VARCHAR)
         WHEN ends_with(CAST(x AS VARCHAR), '.0') THEN nullif(replace(trim(CAST(x AS VARCHAR)), '.0', ''), '')
         ELSE nullif(trim(CAST(x AS VARCHAR)), '') END;

-- A code in capitals: "pass " and "PASS" become "PASS".
CREATE OR REPLACE MACRO as_code(x) AS upper(as_text(x));

-- A word of a closed list, first letter capital, rest small: " WITHDRAWN" becomes "Withdrawn".
CREATE OR REPLACE MACRO as_label(x) AS
    upper(substr(as_text(x), 1, 1)) || lower(substr(as_text(x), 2));

-- A person's or place's name. Left as written when it mixes cases (McDonald, van der Berg); "ANNA-LENA O'NEIL" and
-- "anna-lena o'neil" become "Anna-Lena O'Neil".
CREATE OR REPLACE MACRO proper_name(x) AS
    CASE WHEN as_text(x) IS NULL THEN NULL
         WHEN as_text(x) <> lower(as_text(x)) AND as_text(x) <> upper(as_text(x)) THEN as_text(x)
         ELSE list_aggregate(list_transform(regexp_extract_all(lower(as_text(x)), '[^\s''’-]+|[\s''’-]+'),
                  lambda part: upper(substr(part, 1, 1)) || substr(part, 2)), 'string_agg', '') END;

-- An e-mail address in small letters without a leading "mailto:".
CREATE OR REPLACE MACRO as_email(x) AS nullif(replace(lower(as_text(x)), 'mailto:', ''), '');

-- The fingerprint of a text, for joining on long texts.
CREATE OR REPLACE MACRO text_key(x) AS md5(x);

-- A value that tells the rows of one table with distinct texts apart, the cheapest that the engine has.
CREATE OR REPLACE MACRO distinct_number(x) AS row_number() OVER ();

-- Aggregates: the values as a list, sorted; each once, sorted; sorted by another column.
CREATE OR REPLACE MACRO list_sorted(x) AS list(x ORDER BY x);
CREATE OR REPLACE MACRO list_distinct_sorted(x) AS list(DISTINCT x ORDER BY x);
CREATE OR REPLACE MACRO list_by(x, y) AS list(x ORDER BY y);

-- Plain text of an HTML fragment: scripts, styles and comments removed (to the end where they do not end), block elements
-- on lines of their own, list items marked with "- ", table cells apart, tags dropped with all that stands in their quoted
-- attributes, entities decoded, blank lines and trailing spaces removed.
-- Text without "<" and "&" passes by all of it.
CREATE OR REPLACE MACRO html_tags_removed(x) AS
    CASE WHEN contains(x, '<') THEN
        regexp_replace(regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(x,
                        '(?is)<script\b.*?(?:</script\s*>|\z)|<style\b.*?(?:</style\s*>|\z)|<head\b.*?</head\s*>|<!--.*?(?:-->|\z)',
                        ' ', 'g'),
                    '(?i)<li\b[^>]*>', E'\n- ', 'g'),
              '(?i)</?(?:p|div|br|[uo]l|li|h[1-6r]|table|tr|section|article|header|footer|blockquote|d[ltd]|pre)\b[^>]*>',
                E'\n', 'g'),
            '(?i)<t[dh]\b[^>]*>', ' ', 'g'),
            '</?[A-Za-z!](?:[^>=]|="[^"<]*"|=''[^''<]*''|=)*>', '', 'g')
    ELSE x END;
-- The character of a code point; a space for what is none (0, surrogates, beyond Unicode). 128 to 159 mean the characters
-- of windows-1252, as browsers read them (HTML standard, numeric character reference end state).
CREATE OR REPLACE MACRO html_character(code) AS
    CASE WHEN code BETWEEN 128 AND 159
         THEN trim(substr('€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ', code - 127, 1))
         WHEN code BETWEEN 1 AND 55295 OR code BETWEEN 57344 AND 1114111 THEN chr(code) ELSE ' ' END;
-- The character of one entity with its "&" and ";"; the entity itself when it is not known.
CREATE OR REPLACE MACRO html_entity(entity) AS
    CASE WHEN starts_with(lower(entity), '&#x')
         THEN html_character(TRY_CAST('0x' || substr(entity, 4, length(entity) - 4) AS INTEGER))
         WHEN starts_with(entity, '&#')
         THEN html_character(TRY_CAST(substr(entity, 3, length(entity) - 3) AS INTEGER))
         ELSE CASE entity
             WHEN '&nbsp;' THEN ' ' WHEN '&lt;' THEN '<' WHEN '&gt;' THEN '>' WHEN '&quot;' THEN '"'
             WHEN '&apos;' THEN '''' WHEN '&ndash;' THEN '–' WHEN '&mdash;' THEN '—' WHEN '&hellip;' THEN '…'
             WHEN '&bull;' THEN '•' WHEN '&middot;' THEN '·' WHEN '&rsquo;' THEN '’' WHEN '&lsquo;' THEN '‘'
             WHEN '&ldquo;' THEN '“' WHEN '&rdquo;' THEN '”' WHEN '&euro;' THEN '€' WHEN '&pound;' THEN '£'
             WHEN '&cent;' THEN '¢' WHEN '&sect;' THEN '§' WHEN '&deg;' THEN '°' WHEN '&copy;' THEN '©'
             WHEN '&reg;' THEN '®' WHEN '&trade;' THEN '™' WHEN '&times;' THEN '×' WHEN '&frac12;' THEN '½'
             WHEN '&eacute;' THEN 'é' WHEN '&egrave;' THEN 'è' WHEN '&ecirc;' THEN 'ê' WHEN '&agrave;' THEN 'à'
             WHEN '&aacute;' THEN 'á' WHEN '&acirc;' THEN 'â' WHEN '&ccedil;' THEN 'ç' WHEN '&iacute;' THEN 'í'
             WHEN '&icirc;' THEN 'î' WHEN '&ntilde;' THEN 'ñ' WHEN '&oacute;' THEN 'ó' WHEN '&ocirc;' THEN 'ô'
             WHEN '&uacute;' THEN 'ú' WHEN '&auml;' THEN 'ä' WHEN '&ouml;' THEN 'ö' WHEN '&uuml;' THEN 'ü'
             WHEN '&Auml;' THEN 'Ä' WHEN '&Ouml;' THEN 'Ö' WHEN '&Uuml;' THEN 'Ü' WHEN '&szlig;' THEN 'ß'
             WHEN '&shy;' THEN '' WHEN '&zwj;' THEN '' WHEN '&zwnj;' THEN '' WHEN '&ensp;' THEN ' ' WHEN '&emsp;' THEN ' '
             WHEN '&thinsp;' THEN ' '
             WHEN '&iexcl;' THEN '¡' WHEN '&curren;' THEN '¤' WHEN '&yen;' THEN '¥' WHEN '&brvbar;' THEN '¦'
             WHEN '&uml;' THEN '¨' WHEN '&ordf;' THEN 'ª' WHEN '&laquo;' THEN '«' WHEN '&not;' THEN '¬'
             WHEN '&macr;' THEN '¯' WHEN '&plusmn;' THEN '±' WHEN '&sup2;' THEN '²' WHEN '&sup3;' THEN '³'
             WHEN '&acute;' THEN '´' WHEN '&micro;' THEN 'µ' WHEN '&para;' THEN '¶' WHEN '&cedil;' THEN '¸'
             WHEN '&sup1;' THEN '¹' WHEN '&ordm;' THEN 'º' WHEN '&raquo;' THEN '»' WHEN '&frac14;' THEN '¼'
             WHEN '&frac34;' THEN '¾' WHEN '&iquest;' THEN '¿' WHEN '&Agrave;' THEN 'À' WHEN '&Aacute;' THEN 'Á'
             WHEN '&Acirc;' THEN 'Â' WHEN '&Atilde;' THEN 'Ã' WHEN '&Aring;' THEN 'Å' WHEN '&AElig;' THEN 'Æ'
             WHEN '&Ccedil;' THEN 'Ç' WHEN '&Egrave;' THEN 'È' WHEN '&Eacute;' THEN 'É' WHEN '&Ecirc;' THEN 'Ê'
             WHEN '&Euml;' THEN 'Ë' WHEN '&Igrave;' THEN 'Ì' WHEN '&Iacute;' THEN 'Í' WHEN '&Icirc;' THEN 'Î'
             WHEN '&Iuml;' THEN 'Ï' WHEN '&ETH;' THEN 'Ð' WHEN '&Ntilde;' THEN 'Ñ' WHEN '&Ograve;' THEN 'Ò'
             WHEN '&Oacute;' THEN 'Ó' WHEN '&Ocirc;' THEN 'Ô' WHEN '&Otilde;' THEN 'Õ' WHEN '&Oslash;' THEN 'Ø'
             WHEN '&Ugrave;' THEN 'Ù' WHEN '&Uacute;' THEN 'Ú' WHEN '&Ucirc;' THEN 'Û' WHEN '&Yacute;' THEN 'Ý'
             WHEN '&THORN;' THEN 'Þ' WHEN '&atilde;' THEN 'ã' WHEN '&aring;' THEN 'å' WHEN '&aelig;' THEN 'æ'
             WHEN '&euml;' THEN 'ë' WHEN '&igrave;' THEN 'ì' WHEN '&iuml;' THEN 'ï' WHEN '&eth;' THEN 'ð'
             WHEN '&ograve;' THEN 'ò' WHEN '&otilde;' THEN 'õ' WHEN '&divide;' THEN '÷' WHEN '&oslash;' THEN 'ø'
             WHEN '&ugrave;' THEN 'ù' WHEN '&ucirc;' THEN 'û' WHEN '&yacute;' THEN 'ý' WHEN '&thorn;' THEN 'þ'
             WHEN '&yuml;' THEN 'ÿ' WHEN '&OElig;' THEN 'Œ' WHEN '&oelig;' THEN 'œ' WHEN '&Scaron;' THEN 'Š'
             WHEN '&scaron;' THEN 'š' WHEN '&sbquo;' THEN '‚' WHEN '&bdquo;' THEN '„' WHEN '&dagger;' THEN '†'
             WHEN '&Dagger;' THEN '‡' WHEN '&permil;' THEN '‰' WHEN '&lsaquo;' THEN '‹' WHEN '&rsaquo;' THEN '›'
             WHEN '&minus;' THEN '−' WHEN '&ne;' THEN '≠' WHEN '&le;' THEN '≤' WHEN '&ge;' THEN '≥'
             WHEN '&larr;' THEN '←' WHEN '&rarr;' THEN '→' WHEN '&asymp;' THEN '≈' WHEN '&check;' THEN '✓'
             ELSE entity END END;
-- Each entity of a text is replaced once for all its places; "&amp;" comes last, so that "&amp;lt;" stays "&lt;".
CREATE OR REPLACE MACRO html_entities_decoded(x) AS
    CASE WHEN contains(x, '&') THEN
        replace(
            list_reduce(
                list_sort(list_distinct(regexp_extract_all(x,
                    '&(?:[A-Za-z]{2,8}[0-9]{0,2}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});'))),
                lambda text, entity: CASE WHEN entity = '&amp;' THEN text
                                          ELSE replace(text, entity, html_entity(entity)) END, x),
            '&amp;', '&')
    ELSE x END;
CREATE OR REPLACE MACRO html_to_text(x) AS nullif(trim(
    list_transform([html_tags_removed(CAST(x AS VARCHAR))], lambda text:
        regexp_replace(
            regexp_replace(nfc_normalize(html_entities_decoded(text)),
                '[ \t\f\x{A0}\x{200B}\x{FEFF}]{2,}|[\t\f\x{A0}\x{200B}\x{FEFF}]', ' ', 'g'),
            '\s*[\r\n]\s*', E'\n', 'g'))[1], E' \n'), '');

------------------------------------------------------------------------------------------------------------- numbers

-- A whole number. Text may carry thousands separators ("1,234") and white space.
CREATE OR REPLACE MACRO as_int(x) AS coalesce(
    TRY_CAST(x AS BIGINT),
    TRY_CAST(replace(replace(CAST(x AS VARCHAR), ',', ''), ' ', '') AS BIGINT));

-- A number with a fraction. Text may be "1,234.5", "1.234,5", "3,7" (a lone comma with other than three digits
-- behind it is a decimal comma), "85 %" or "$ 49,960".
CREATE OR REPLACE MACRO as_number(x) AS coalesce(
    TRY_CAST(x AS DOUBLE),
    CASE WHEN regexp_matches(CAST(x AS VARCHAR), '^[^0-9]*\d{1,3}(?:\.\d{3})+,\d+\D*$') OR
              regexp_matches(CAST(x AS VARCHAR), '^[^0-9,]*\d+,(?:\d{1,2}|\d{4,})\D*$')
         THEN TRY_CAST(replace(replace(
             regexp_replace(CAST(x AS VARCHAR), '[^0-9,.+-]', '', 'g'), '.', ''), ',', '.') AS DOUBLE)
         ELSE TRY_CAST(replace(regexp_replace(CAST(x AS VARCHAR), '[^0-9,.+-]', '', 'g'), ',', '') AS DOUBLE) END);

-- True or false from Y/N, yes/no, true/false, 1/0, t/f.
CREATE OR REPLACE MACRO as_bool(x) AS
    CASE WHEN lower(trim(CAST(x AS VARCHAR))) IN ('y', 'yes', 'true', 't', '1') THEN TRUE
         WHEN lower(trim(CAST(x AS VARCHAR))) IN ('n', 'no', 'false', 'f', '0') THEN FALSE END;

--------------------------------------------------------------------------------------------------------------- dates

-- A calendar date. Text: ISO 8601 with or without time, 20130131, 31/01/2013 and 31.01.2013 (day first), 31/01/13,
-- 31 Jan 2013, 31-JAN-2013, 31-JAN-13, 31 January 2013, Jan 31, 2013. A date that does not exist is NULL.
CREATE OR REPLACE MACRO as_date(x) AS
    CASE WHEN typeof(x) IN ('DATE', 'TIMESTAMP') THEN TRY_CAST(x AS DATE)
         -- Asked first, for a bare cast would read 25/04/13 as the year 25.
         WHEN substr(ltrim(CAST(x AS VARCHAR)), 5, 1) = '-' THEN TRY_CAST(x AS DATE)
         ELSE CAST(try_strptime(trim(CAST(x AS VARCHAR)), [
             '%d/%m/%y', '%d/%m/%Y', '%Y%m%d', '%d %b %y', '%d %b %Y', '%d-%b-%y', '%d-%b-%Y', '%d.%m.%y', '%d.%m.%Y',
             '%d %B %Y', '%b %d, %Y', '%B %d, %Y', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S', '%Y/%m/%d']) AS DATE) END;

-- The first day of a month, from a date as `as_date` reads it or from "2024-02".
CREATE OR REPLACE MACRO as_month(x) AS CAST(date_trunc('month', coalesce(
    as_date(x), TRY_CAST(trim(CAST(x AS VARCHAR)) || '-01' AS DATE))) AS DATE);

-- A point in time, UTC, without zone. Text: what `as_date` reads, with a time and an offset from UTC where there is
-- one. `typeof` is known when the query is planned, so a typed column costs nothing.
CREATE OR REPLACE MACRO as_timestamp(x) AS
    CASE WHEN typeof(x) IN ('TIMESTAMP', 'DATE') THEN TRY_CAST(x AS TIMESTAMP)
         ELSE coalesce(
             CASE WHEN regexp_matches(CAST(x AS VARCHAR), ':\d{2}(?:\.\d+)?\s*[+-]\d{2}(?::?\d{2})?\s*$')
                  THEN make_timestamp(epoch_us(TRY_CAST(x AS TIMESTAMPTZ))) END,
             TRY_CAST(x AS TIMESTAMP),
             try_strptime(trim(CAST(x AS VARCHAR)), [
                 '%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M', '%Y%m%d%H%M%S', '%d %b %Y %H:%M:%S']),
             CAST(as_date(x) AS TIMESTAMP)) END;

-- True when a value is there but is not a date: for quarantine rules.
CREATE OR REPLACE MACRO is_bad_date(x) AS
    CASE WHEN typeof(x) IN ('DATE', 'TIMESTAMP') THEN FALSE
         ELSE as_date(x) IS NULL AND coalesce(trim(CAST(x AS VARCHAR)), '') <> '' END;

-- True when a value is there but is not a number: for quarantine rules.
CREATE OR REPLACE MACRO is_bad_number(x) AS
    CASE WHEN TRY_CAST(x AS DOUBLE) IS NOT NULL THEN FALSE
         ELSE as_number(x) IS NULL AND coalesce(trim(CAST(x AS VARCHAR)), '') <> '' END;

---------------------------------------------------------------------------------------------------------------- JSON

-- The texts of a JSON array; text that is not JSON is read as a list with commas or semicolons.
CREATE OR REPLACE MACRO json_texts(x) AS
    CASE WHEN x IS NULL THEN NULL
         WHEN json_valid(CAST(x AS VARCHAR)) AND starts_with(ltrim(CAST(x AS VARCHAR)), '[')
         THEN TRY_CAST(CAST(x AS JSON) AS VARCHAR[])
         ELSE string_split_regex(trim(CAST(x AS VARCHAR), ' []"'), '\s*[,;|]\s*') END;

-------------------------------------------------------------------------------------------------------------- skills

-- The tokens of a text for phrase matching, letters as written. A token is a word with what belongs to it
-- (C++, C#, .NET, Node.js, R&D, C-130, bachelor's) or one punctuation mark, so a phrase cannot run over a comma.
-- Hyphens inside words separate like spaces ("problem-solving" is two tokens).
CREATE OR REPLACE MACRO skill_tokens(x) AS
    regexp_extract_all(x, '\p{L}-\p{N}+|\.?[\p{L}\p{N}]+(?:[.&''’][\p{L}\p{N}]+)*[+#]*|[^\s\p{L}\p{N}-]');

-- The name of a skill or a job title in the form in which two are compared: small letters, no punctuation but
-- + and #, plural "s" dropped word by word.
CREATE OR REPLACE MACRO title_key(x) AS
    trim(regexp_replace(regexp_replace(regexp_replace(
        lower(x), '[^\p{L}\p{N}+#]+', ' ', 'g'),
        '([a-z])ies\b', '\1y', 'g'),
        '([a-z][a-z][^s\s])s\b', '\1', 'g'));

-- True for a posting that still takes applications, going by its status alone so that a run does not depend on the day.
CREATE OR REPLACE MACRO is_open(status) AS
    coalesce(status, 'Open') NOT IN (
        'Closed', 'Filled', 'Cancelled', 'Canceled', 'Expired', 'Withdrawn', 'Inactive', 'Draft');

-- A number rounded, as text.
CREATE OR REPLACE MACRO whole_text(x) AS CAST(TRY_CAST(round(x) AS BIGINT) AS VARCHAR);

-- A salary range as text: "49960-99314", "49960" when both ends are one or only one is known; NULL when none is.
CREATE OR REPLACE MACRO amount_range(low, high) AS
    CASE WHEN low IS NULL AND high IS NULL THEN NULL
         WHEN low IS NULL OR high IS NULL OR low = high THEN whole_text(coalesce(low, high))
         ELSE whole_text(least(low, high)) || '-' || whole_text(greatest(low, high)) END;

-- The bit that stands for the skill of a rank from 1 to 62.
CREATE OR REPLACE MACRO skill_bit(rank) AS CAST(1 AS BIGINT) << CAST(rank - 1 AS BIGINT);
