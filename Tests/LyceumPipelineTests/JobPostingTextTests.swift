// Job descriptions as text, and pay and deadlines from a report.

import Foundation
import LyceumCore
import Testing

@testable import LyceumPipeline

@Test(
    "HTML becomes the text that a reader sees",
    arguments: [
        (
            "<p>Lead &amp; plan<br>now</p><ul><li>one</li><li>two<ul><li>deep</li></ul></li></ul>",
            "Lead & plan\nnow\n- one\n- two\n- deep"
        ),
        ("a<script>var x = \"</p>\";</script><style>p {}</style><!-- no > --><SCRIPT src=x>y</SCRIPT >b", "a b"),
        ("kept<script>never closed <p>gone</p>", "kept"), ("kept<!-- never closed", "kept"),
        ("<table><tr><td>Pay</td><td>10</td></tr><tr><th>Place</th><td>York</td></tr></table>", "Pay 10\nPlace York"),
        (#"<a href="x>y" title='q>r'>link</a> 3 < 4 & 5 > 2 &lt;b&gt;"#, "link 3 < 4 & 5 > 2 <b>"),
        ("it<p title=it's>don't</p>you're", "it\ndon't\nyou're"),
        ("&#146;&#8217;&#x2019;&rsquo; &Agrave;&laquo;x&raquo; a&shy;b &euro;&nbsp;5 &frac12;", "’’’’ À«x» ab € 5 ½"),
        ("&amp;lt;b&amp;gt; &amp;nbsp;", "&lt;b&gt; &nbsp;"), ("&nosuch; &#0;&#xD800;&#1114112; x", "&nosuch; x"),
        ("<p>a</p>\r\n\n  <p>&nbsp;</p>\t<p>b   c</p>", "a\nb c"), ("<p> </p>", "-"), ("plain", "plain"),
    ]
)
func htmlToText(html: String, text: String) async throws {
    let engine = try await DuckDBEngine.forTest(prelude: try Project.bundled().prelude)
    #expect(try await engine.rows("SELECT html_to_text(\(SQLText.literal(html)))") == [text])
}

@Test(
    "What a report states of pay and deadline goes before the posting's own; without a report the posting's own stays"
)
func terms() async throws {
    let project = try Project.bundled()
    let engine = try await DuckDBEngine.forTest(prelude: project.prelude)
    let clean = try #require(project.model("job_posting_terms"))
    let curated = try #require(project.model("job_posting"))
    for statement in [
        """
        CREATE TABLE source.workday_job_posting_terms AS SELECT *, 'hr' AS _source, TIMESTAMP '2026-01-01' AS _extracted_at, 'U' AS _op
        FROM (VALUES ('both', '2026-05-01', '50,000', '60000', 'eur'), ('late', '2026-06-01', NULL, NULL, NULL),
            ('bad', '2026-13-01', 'much', NULL, 'USD')) t(job_posting_id, application_deadline, salary_min, salary_max, currency)
        """,
        "CREATE TABLE ref.job_posting_terms AS SELECT * FROM (\(ModelBuilder.resolve(clean.sql))) WHERE job_posting_id <> 'bad'",
        """
        CREATE TABLE ref.job_postings AS SELECT id AS job_posting_id, 'Analyst' AS title, NULL::VARCHAR AS company, 'York' AS location,
            NULL::VARCHAR AS country, NULL::VARCHAR AS education, NULL::VARCHAR AS experience, NULL::VARCHAR AS description,
            NULL::VARCHAR AS category, NULL::VARCHAR AS time_type, NULL::VARCHAR AS job_type, NULL::VARCHAR AS url,
            DATE '2026-01-01' AS posting_date, DATE '2026-02-02' AS application_deadline, 'Open' AS status,
            100.0::DOUBLE AS salary_min, 200.0::DOUBLE AS salary_max, 'USD' AS currency
        FROM (VALUES ('both'), ('late'), ('none')) t(id)
        """,
        "CREATE TABLE ref.posting_skills (job_posting_id VARCHAR, skill VARCHAR)",
        "CREATE TABLE ref.occupation_matches (title VARCHAR, occupation_code VARCHAR, occupation VARCHAR)",
    ] {
        try await engine.execute(statement)
    }
    let bad = try await engine.rows(
        "SELECT job_posting_id FROM (\(ModelBuilder.resolve(clean.sql))) WHERE _bad_application_deadline AND _bad_salary"
    )
    #expect(bad == ["bad"])
    let rows = try await engine.rows(
        """
        SELECT job_posting_id, compensation.salary_range, compensation.currency, metadata.application_deadline::VARCHAR
        FROM (\(ModelBuilder.resolve(curated.sql))) ORDER BY 1
        """
    )
    #expect(rows.map { $0.split(separator: "|")[0] } == ["both", "late", "none"])
    #expect(rows[0].hasSuffix("|EUR|2026-05-01") && rows[0].contains("50000"))
    #expect(rows[1].hasSuffix("|USD|2026-06-01") && rows[1].contains("100"))
    #expect(rows[2].hasSuffix("|USD|2026-02-02"))
}
