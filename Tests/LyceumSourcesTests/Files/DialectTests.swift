// Dialects of separated text, as values and through files.

import Foundation
import LyceumCore
import Testing

@testable import LyceumSources

@Suite("Dialects") struct DialectTests {
    private func sniff(_ text: String, _ stated: CSVDialect.Stated = .init(), expected: Set<String> = []) -> CSVDialect
    {
        CSVDialect.sniff(Array(text.utf8), stated: stated, expected: expected)
    }

    @Test(
        "the separator is the one under which records have equally many fields",
        arguments: [
            ("a,b,c\n1,2,3\n4,5,6\n", ","), ("a;b\n1,5;2,5\n3,5;4,5\n", ";"), ("a\tb\nx,y\tz\nx\ty,z\n", "\t"),
            ("a|b|c\n1|2|3\n", "|"), ("name\nAnn\nBob\n", ","), ("a,b\n\"x;y;z\",1\n\"u;v;w\",2\n", ","),
            ("id;text\n1;\"one, two, three\nfour\"\n2;five, six\n", ";"), ("a;b;c\n", ";"),
        ]
    )
    func separators(text: String, delimiter: String) {
        #expect(sniff(text).delimiter == delimiter)
    }

    @Test("single quotes enclose only where fields begin and end with them, apostrophes do not")
    func quotes() {
        #expect(sniff("'a','b'\n'1','x,y'\n'2','it''s'\n").quote == "'")
        #expect(sniff("id,name\n1,O'Hara\n2,'t Hooft\n3,Ann\n4,Bob\n5,Cyd\n").quote == "\"")
        #expect(sniff("a,b\n\"x\",'y'\n").quote == "\"")
    }

    @Test("a backslash before a quote escapes it where quotes are not doubled")
    func escapes() {
        #expect(sniff(#"a,b"# + "\n" + #""say \"hi\" now",1"# + "\n").escape == "\\")
        #expect(sniff("a,b\n\"say \"\"hi\"\" now\",1\n").escape == "\"")
        #expect(sniff("a,b\n\"C:\\\",1\n\"say \"\"hi\"\"\",2\n").escape == "\"")
    }

    @Test(
        "the first record is the heading unless it looks like those below it",
        arguments: [
            ("id,name\n1,Ann\n2,Bob\n", true), ("1,Ann\n2,Bob\n3,Cyd\n", false),
            ("first,last\nAnn,Ash\nBob,Birch\n", true),
            ("2024-01-05,x\n2024-01-06,y\n", false), ("student,2023,2024\nAnn,1,2\nBob,3,4\n", false),
            ("id,2023,2024\n7,1,2\n8,3,4\n", true), ("id,name\n", true), ("12,7\n", true),
            ("day;points\n5.3.2024;1,5\n", true),
        ]
    )
    func headings(text: String, hasHeader: Bool) {
        #expect(sniff(text).hasHeader == hasHeader)
    }

    @Test("a first record with a column that is expected is a heading, and what is stated is not guessed")
    func stated() {
        #expect(sniff("student_id,2023\n1,2\n3,4\n", expected: ["student_id"]).hasHeader)
        #expect(sniff("1,2\n3,4\n", .init(hasHeader: true)).hasHeader)
        #expect(sniff("a,b;c\n1,2;3\n", .init(delimiter: ";")).delimiter == ";")
        #expect(sniff("'a','b'\n", .init(quote: "")).quote == "")
    }

    private func read(
        _ name: String,
        _ text: String,
        _ options: (inout FilesConfiguration.TableOptions) -> Void = { _ in }
    ) async throws -> (result: Extraction, rows: [[String: String]], rejected: [RejectedRow]) {
        let folder = try TemporaryFolder()
        try folder.write(name, text)
        var configuration = FilesConfiguration(name: "exports", path: folder.path)
        var table = FilesConfiguration.TableOptions(glob: name)
        options(&table)
        configuration.tables = ["files_t": table]
        let source = try FilesSource(configuration)
        let sink = RecordingSink()
        let dataset = try #require(try await source.datasets().first)
        let result = try await source.extract(ExtractRequest(dataset: dataset), into: sink)
        return (result, await sink.rows, await sink.rejected)
    }

    @Test("files in odd dialects are read, and the notes say in which")
    func files() async throws {
        let single = try await read("t.csv", "'id';'text'\n'1';'a;b'\n'2';'it''s'\n")
        #expect(single.rows == [["id": "1", "text": "a;b"], ["id": "2", "text": "it's"]])
        #expect(single.result.notes.contains("t.csv: separated by semicolons, quoted by '"))
        let slashed = try await read("t.csv", #"id,text"# + "\n" + #"1,"say \"hi\", now""# + "\n")
        #expect(slashed.rows == [["id": "1", "text": "say \"hi\", now"]])
        let bare = try await read("t.csv", "1|Ann\n2|Bob\n3\n")
        #expect(bare.rows == [["column_1": "1", "column_2": "Ann"], ["column_1": "2", "column_2": "Bob"]])
        #expect(bare.rejected.map(\.location) == ["t.csv:3"])
        #expect(bare.result.notes.contains("t.csv: separated by bars, without a heading"))
    }

    @Test("what the configuration states is how the file is read")
    func overridden() async throws {
        let named = try await read("t.csv", "1,Ann\n2,Bob\n") { $0.columns = ["id", "First Name"] }
        #expect(named.rows == [["id": "1", "first_name": "Ann"], ["id": "2", "first_name": "Bob"]])
        let renamed = try await read("t.csv", "a,b\n2,Bob\n") {
            $0.columns = ["id", "name"]
            $0.hasHeader = true
        }
        #expect(renamed.rows == [["id": "2", "name": "Bob"]])
        let unquoted = try await read("t.csv", "id,name\n1,\"Ann\n") { $0.quote = "" }
        #expect(unquoted.rows == [["id": "1", "name": "\"Ann"]])
        let forced = try await read("t.csv", "1,Ann\n2,Bob\n") { $0.hasHeader = true }
        #expect(forced.rows == [["1": "2", "ann": "Bob"]])
    }
}
