-- The shared functions for Spark: the macros of prelude.duckdb.sql, of the same meaning, and DuckDB's functions that Spark
-- calls otherwise. They are expanded in the text of each statement, so their arguments may be of any type.
-- Macros whose names begin with _ are for the other macros here, not for models.
-- Regular expressions are Java's: \z for the end, \x0B for the vertical tab.

---------------------------------------------------------------------------------------------------------------- text

-- Unicode NFC, by the ICU that Spark brings along; plain ASCII passes by.
CREATE OR REPLACE MACRO nfc_normalize(x) AS
    CASE WHEN x RLIKE '[^\x00-\x7F]' THEN java_method('com.ibm.icu.text.Normalizer', 'compose', x, FALSE) ELSE x END;

-- DuckDB's trim takes every Unicode space separator away, and nothing else.
CREATE OR REPLACE MACRO trim(x) AS regexp_replace(x, '^\p{Zs}+|\p{Zs}+\z', '');

CREATE OR REPLACE MACRO trim(x, characters) AS btrim(x, characters);

CREATE OR REPLACE MACRO regexp_matches(x, pattern) AS (x RLIKE pattern);

CREATE OR REPLACE MACRO as_text(x) AS nullif(
    CASE WHEN CAST(x AS VARCHAR) RLIKE '  |[\t\r\n\f\x0B\x{A0}\x{2007}\x{200B}\x{202F}\x{3000}\x{FEFF}]'
         THEN trim(regexp_replace(nfc_normalize(CAST(x AS VARCHAR)),
             '[ \t\n\f\r\x0B\x{A0}\x{2007}\x{200B}\x{202F}\x{3000}\x{FEFF}]+', ' '))
         ELSE trim(nfc_normalize(CAST(x AS VARCHAR))) END, '');

CREATE OR REPLACE MACRO as_id(x) AS
    CASE WHEN typeof(x) IN ('bigint', 'int') THEN CAST(x AS VARCHAR)
         WHEN endswith(CAST(x AS VARCHAR), '.0') THEN nullif(replace(trim(CAST(x AS VARCHAR)), '.0', ''), '')
         ELSE nullif(trim(CAST(x AS VARCHAR)), '') END;

CREATE OR REPLACE MACRO as_code(x) AS upper(as_text(x));

CREATE OR REPLACE MACRO as_label(x) AS
    element_at(transform(array(as_text(x)), t -> upper(substr(t, 1, 1)) || lower(substr(t, 2))), 1);

CREATE OR REPLACE MACRO proper_name(x) AS element_at(transform(array(as_text(x)), t ->
    CASE WHEN t IS NULL THEN NULL
         WHEN t <> lower(t) AND t <> upper(t) THEN t
         ELSE array_join(transform(regexp_extract_all(lower(t), '[^\s''’-]+|[\s''’-]+', 0),
                  part -> upper(substr(part, 1, 1)) || substr(part, 2)), '') END), 1);

CREATE OR REPLACE MACRO as_email(x) AS nullif(replace(lower(as_text(x)), 'mailto:', ''), '');

CREATE OR REPLACE MACRO text_key(x) AS md5(x);

CREATE OR REPLACE MACRO distinct_number(x) AS x;

CREATE OR REPLACE MACRO html_tags_removed(x) AS
    CASE WHEN contains(x, '<') THEN
        regexp_replace(regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(x,
                        '(?is)<script\b.*?(?:</script\s*>|\z)|<style\b.*?(?:</style\s*>|\z)|<head\b.*?</head\s*>|<!--.*?(?:-->|\z)',
                        ' '),
                    '(?i)<li\b[^>]*>', E'\n- '),
              '(?i)</?(?:p|div|br|[uo]l|li|h[1-6r]|table|tr|section|article|header|footer|blockquote|d[ltd]|pre)\b[^>]*>',
                E'\n'),
            '(?i)<t[dh]\b[^>]*>', ' '),
            '</?[A-Za-z!](?:[^>=]|="[^"<]*"|=''[^''<]*''|=)*+>', '')
    ELSE x END;
CREATE OR REPLACE MACRO html_character(code) AS
    CASE WHEN code BETWEEN 128 AND 159
         THEN trim(substr('€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ', code - 127, 1))
         WHEN code BETWEEN 1 AND 55295 OR code BETWEEN 57344 AND 1114111
         THEN decode(unhex(lpad(hex(code), 8, '0')), 'UTF-32') ELSE ' ' END;
CREATE OR REPLACE MACRO html_entity(entity) AS
    CASE WHEN startswith(lower(entity), '&#x')
         THEN html_character(CAST(conv(substr(entity, 4, length(entity) - 4), 16, 10) AS INTEGER))
         WHEN startswith(entity, '&#')
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
CREATE OR REPLACE MACRO html_entities_decoded(x) AS
    CASE WHEN contains(x, '&') THEN
        replace(
            aggregate(
                array_sort(array_distinct(regexp_extract_all(x,
                    '&(?:[A-Za-z]{2,8}[0-9]{0,2}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});', 0))),
                x,
                (text, entity) -> CASE WHEN entity = '&amp;' THEN text
                                       ELSE replace(text, entity, html_entity(entity)) END),
            '&amp;', '&')
    ELSE x END;
CREATE OR REPLACE MACRO html_to_text(x) AS nullif(trim(
    regexp_replace(
        regexp_replace(nfc_normalize(
            element_at(transform(array(html_tags_removed(CAST(x AS VARCHAR))), tagless -> html_entities_decoded(tagless)), 1)),
            '[ \t\f\x{A0}\x{200B}\x{FEFF}]{2,}|[\t\f\x{A0}\x{200B}\x{FEFF}]', ' '),
        '[ \t\n\f\r]*[\r\n][ \t\n\f\r]*', E'\n'), E' \n'), '');

------------------------------------------------------------------------------------------------------------- numbers

-- Half away from zero at the digit, as DuckDB does it: Spark's own goes by the number's decimal digits.
CREATE OR REPLACE MACRO round(x, digits) AS CAST(round(x * power(10, digits)) / power(10, digits) AS DOUBLE);

-- A text with a fraction or an exponent is rounded, half away from zero.
CREATE OR REPLACE MACRO as_int(x) AS coalesce(
    TRY_CAST(x AS BIGINT),
    TRY_CAST(round(TRY_CAST(CAST(x AS VARCHAR) AS DECIMAL(38, 10))) AS BIGINT),
    TRY_CAST(round(TRY_CAST(replace(replace(CAST(x AS VARCHAR), ',', ''), ' ', '') AS DECIMAL(38, 10))) AS BIGINT));

CREATE OR REPLACE MACRO as_number(x) AS coalesce(
    TRY_CAST(x AS DOUBLE),
    CASE WHEN CAST(x AS VARCHAR) RLIKE '^[^0-9]*\d{1,3}(?:\.\d{3})+,\d+\D*\z' OR
              CAST(x AS VARCHAR) RLIKE '^[^0-9,]*\d+,(?:\d{1,2}|\d{4,})\D*\z'
         THEN TRY_CAST(replace(replace(
             regexp_replace(CAST(x AS VARCHAR), '[^0-9,.+-]', ''), '.', ''), ',', '.') AS DOUBLE)
         ELSE TRY_CAST(replace(regexp_replace(CAST(x AS VARCHAR), '[^0-9,.+-]', ''), ',', '') AS DOUBLE) END);

CREATE OR REPLACE MACRO as_bool(x) AS
    CASE WHEN lower(trim(CAST(x AS VARCHAR))) IN ('y', 'yes', 'true', 't', '1') THEN TRUE
         WHEN lower(trim(CAST(x AS VARCHAR))) IN ('n', 'no', 'false', 'f', '0') THEN FALSE END;

--------------------------------------------------------------------------------------------------------------- dates

-- Year, month (a number or a name) and day as text, put together; NULL when there is no such day. Two digits of a year mean
-- 1969 to 2068.
CREATE OR REPLACE MACRO _day_of(y, m, d) AS TRY_CAST(concat_ws('-',
    CASE WHEN length(y) < 3 THEN CASE WHEN CAST(y AS INTEGER) < 69 THEN '20' ELSE '19' END || lpad(y, 2, '0')
         ELSE lpad(y, 4, '0') END,
    CASE WHEN m RLIKE '^[0-9]' THEN lpad(m, 2, '0')
         ELSE lpad(CAST(array_position(array('jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'),
             lower(substr(m, 1, 3))) AS VARCHAR), 2, '0') END,
    lpad(d, 2, '0')) AS DATE);
CREATE OR REPLACE MACRO _month_name() AS
    'jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?';
CREATE OR REPLACE MACRO _read_date(t) AS
    CASE WHEN t RLIKE '^\d{1,2}/\d{1,2}/\d{1,4}(?: \d{1,2}:\d{1,2}(?::\d{1,2})?)?\z'
         THEN _day_of(regexp_extract(t, '^(\d+)/(\d+)/(\d+)', 3), regexp_extract(t, '^(\d+)/(\d+)/(\d+)', 2),
             regexp_extract(t, '^(\d+)/(\d+)/(\d+)', 1))
         WHEN t RLIKE '^\d{8}\z' THEN _day_of(substr(t, 1, 4), substr(t, 5, 2), substr(t, 7, 2))
         WHEN t RLIKE '^\d{1,2}\.\d{1,2}\.\d{1,4}\z'
         THEN _day_of(split_part(t, '.', 3), split_part(t, '.', 2), split_part(t, '.', 1))
         WHEN t RLIKE '^\d{4}/\d{1,2}/\d{1,2}\z'
         THEN _day_of(split_part(t, '/', 1), split_part(t, '/', 2), split_part(t, '/', 3))
         WHEN t RLIKE ('(?i)^\d{1,2}(?: +|-)(?:' || _month_name() || ')(?: +|-)\d{1,4}\z')
         THEN _day_of(regexp_extract(t, '(\d+)\z', 1), regexp_extract(t, '([A-Za-z]+)', 1), regexp_extract(t, '^(\d+)', 1))
         WHEN t RLIKE ('(?i)^(?:' || _month_name() || ') +\d{1,2}, *\d{1,4}\z')
         THEN _day_of(regexp_extract(t, '(\d+)\z', 1), regexp_extract(t, '([A-Za-z]+)', 1), regexp_extract(t, '(\d+),', 1))
         END;
CREATE OR REPLACE MACRO as_date(x) AS
    CASE WHEN typeof(x) IN ('date', 'timestamp_ntz', 'timestamp') THEN TRY_CAST(x AS DATE)
         WHEN substr(ltrim(CAST(x AS VARCHAR)), 5, 1) = '-' THEN TRY_CAST(trim(CAST(x AS VARCHAR)) AS DATE)
         ELSE _read_date(trim(CAST(x AS VARCHAR))) END;

CREATE OR REPLACE MACRO as_month(x) AS CAST(trunc(coalesce(
    as_date(x), TRY_CAST(trim(CAST(x AS VARCHAR)) || '-01' AS DATE)), 'MM') AS DATE);

CREATE OR REPLACE MACRO as_timestamp(x) AS
    CASE WHEN typeof(x) IN ('timestamp_ntz', 'timestamp', 'date') THEN TRY_CAST(x AS TIMESTAMP_NTZ)
         ELSE coalesce(
             CASE WHEN CAST(x AS VARCHAR) RLIKE ':\d{2}(?:\.\d+)?\s*[+-]\d{2}(?::?\d{2})?\s*\z'
                  THEN CAST(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP_LTZ) AS TIMESTAMP_NTZ) END,
             CASE WHEN substr(trim(CAST(x AS VARCHAR)), 5, 1) = '-'
                  THEN CAST(TRY_CAST(trim(CAST(x AS VARCHAR)) AS TIMESTAMP_LTZ) AS TIMESTAMP_NTZ) END,
             CASE WHEN trim(CAST(x AS VARCHAR)) RLIKE '^\d{14}\z'
                  THEN TRY_CAST(regexp_replace(trim(CAST(x AS VARCHAR)), '^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\z',
                      '$1-$2-$3 $4:$5:$6') AS TIMESTAMP_NTZ) END,
             CASE WHEN trim(CAST(x AS VARCHAR)) RLIKE ' \d{1,2}:\d{1,2}(?::\d{1,2})?\z'
                  THEN TRY_CAST(CAST(_read_date(regexp_replace(trim(CAST(x AS VARCHAR)), ' \d{1,2}:[\d:]+\z', '')) AS VARCHAR)
                      || regexp_extract(trim(CAST(x AS VARCHAR)), '( \d{1,2}:[\d:]+)\z', 1) AS TIMESTAMP_NTZ) END,
             CAST(as_date(x) AS TIMESTAMP_NTZ)) END;

CREATE OR REPLACE MACRO is_bad_date(x) AS
    CASE WHEN typeof(x) IN ('date', 'timestamp_ntz', 'timestamp') THEN FALSE
         ELSE as_date(x) IS NULL AND coalesce(trim(CAST(x AS VARCHAR)), '') <> '' END;

CREATE OR REPLACE MACRO is_bad_number(x) AS
    as_number(x) IS NULL AND coalesce(trim(CAST(x AS VARCHAR)), '') <> '';

---------------------------------------------------------------------------------------------------------------- JSON

CREATE OR REPLACE MACRO json_texts(x) AS
    CASE WHEN x IS NULL THEN NULL
         WHEN startswith(ltrim(CAST(x AS VARCHAR)), '[')
              AND from_json(CAST(x AS VARCHAR), 'array<string>', map('allowSingleQuotes', 'false')) IS NOT NULL
         THEN from_json(CAST(x AS VARCHAR), 'array<string>', map('allowSingleQuotes', 'false'))
         ELSE split(trim(CAST(x AS VARCHAR), ' []"'), '\s*[,;|]\s*') END;

-- NULL members are kept, as in DuckDB.
CREATE OR REPLACE MACRO to_json(x) AS to_json(x, map('ignoreNullFields', 'false'));

-------------------------------------------------------------------------------------------------------------- skills

CREATE OR REPLACE MACRO skill_tokens(x) AS
    regexp_extract_all(x, '\p{L}-\p{N}+|\.?[\p{L}\p{N}]+(?:[.&''’][\p{L}\p{N}]+)*[+#]*|[^ \t\n\f\r\p{L}\p{N}-]', 0);

CREATE OR REPLACE MACRO title_key(x) AS
    trim(regexp_replace(regexp_replace(regexp_replace(
        lower(x), '[^\p{L}\p{N}+#]+', ' '),
        '([a-z])ies\b', '$1y'),
        '([a-z][a-z][^s\s])s\b', '$1'));

CREATE OR REPLACE MACRO is_open(status) AS
    coalesce(status, 'Open') NOT IN (
        'Closed', 'Filled', 'Cancelled', 'Canceled', 'Expired', 'Withdrawn', 'Inactive', 'Draft');

CREATE OR REPLACE MACRO whole_text(x) AS CAST(TRY_CAST(round(x) AS BIGINT) AS VARCHAR);

CREATE OR REPLACE MACRO amount_range(low, high) AS
    CASE WHEN low IS NULL AND high IS NULL THEN NULL
         WHEN low IS NULL OR high IS NULL OR low = high THEN whole_text(coalesce(low, high))
         ELSE whole_text(least(low, high)) || '-' || whole_text(greatest(low, high)) END;

CREATE OR REPLACE MACRO skill_bit(rank) AS shiftleft(CAST(1 AS BIGINT), CAST(rank - 1 AS INTEGER));

--------------------------------------------------------------------------------------------------------------- lists

CREATE OR REPLACE MACRO list_transform(x, f) AS transform(x, f);
CREATE OR REPLACE MACRO list_filter(x, f) AS filter(x, f);
CREATE OR REPLACE MACRO list_contains(x, value) AS array_contains(x, value);
CREATE OR REPLACE MACRO list_sorted(x) AS array_sort(collect_list(x));
CREATE OR REPLACE MACRO list_distinct_sorted(x) AS array_sort(collect_set(x));
CREATE OR REPLACE MACRO list_by(x, y) AS
    transform(array_sort(collect_list(named_struct('y', y, 'x', x))), pair -> pair.x);
CREATE OR REPLACE MACRO len(x) AS size(x);
CREATE OR REPLACE MACRO array_to_string(x, separator) AS array_join(x, separator);
CREATE OR REPLACE MACRO string_split(x, separator) AS split(x, separator);
CREATE OR REPLACE MACRO generate_subscripts(x, dimension) AS transform(x, (item, place) -> place + 1);
CREATE OR REPLACE MACRO range(first, last) AS
    filter(sequence(first, greatest(last, first)), item -> item < last);
-- The first value that is not NULL, as in DuckDB.
CREATE OR REPLACE MACRO any_value(x) AS any_value(x, TRUE);
CREATE OR REPLACE MACRO arg_max(x, y) AS max_by(x, y);
CREATE OR REPLACE MACRO arg_min(x, y, n) AS min_by(x, y, n);
