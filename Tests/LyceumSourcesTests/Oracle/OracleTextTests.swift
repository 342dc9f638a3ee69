// Every text that is sent to Oracle, parsed by sqlglot's Oracle parser: no Oracle server can be run here.

import ADBC
import Arrow
import Foundation
import Testing

@testable import LyceumSources

/// What a parser of SQL made of a text.
private struct ParsedSQL: Decodable {
    var ok: Bool
    var error: String?
    var statement: String?
    var tables: [String]?
    var functions: [String]?
    var columns: [String]?

    struct NoParser: Error, CustomStringConvertible {
        let description = "sqlglot is not there; run scripts/setup --tests"
    }

    static func parse(_ texts: [String], dialect: String) throws -> [ParsedSQL] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
            .standardizedFileURL
        let python = root.appendingPathComponent(".lyceum/python/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else { throw NoParser() }
        let process = Process()
        process.executableURL = python
        process.arguments = [root.appendingPathComponent("scripts/parse-sql").path, dialect]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(try JSONEncoder().encode(texts))
        try input.fileHandleForWriting.close()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw NoParser() }
        return try JSONDecoder().decode([ParsedSQL].self, from: answer)
    }
}

@Suite("Oracle's texts") struct OracleTextTests {
    /// A table with a column of every type that is treated in a way of its own.
    private var queries: TableQueries {
        let declared: [(String, String, DataType)] = [
            ("ID", "NUMBER(10,0)", .int64), ("GPA", "NUMBER(4,2)", .decimal128(precision: 4, scale: 2)),
            ("RATE", "NUMBER", .float64), ("SHARE", "FLOAT(126,0)", .float64), ("COUNTED", "INTEGER", .float64),
            ("ROUNDED", "NUMBER(5,-2)", .float64), ("TINY", "NUMBER(2,5)", .float64),
            ("MEASURED", "BINARY_DOUBLE", .float64), ("BORN", "DATE", .timestamp(.second, timezone: nil)),
            ("CHANGED", "TIMESTAMP(6)", .timestamp(.microsecond, timezone: nil)),
            ("SEEN", "TIMESTAMP(9) WITH TIME ZONE", .timestamp(.nanosecond, timezone: "UTC")),
            ("LOCAL_SEEN", "TIMESTAMP(6) WITH LOCAL TIME ZONE", .timestamp(.microsecond, timezone: "UTC")),
            ("STUDIED", "INTERVAL DAY(2) TO SECOND(6)", .interval(.monthDayNano)), ("ESSAY", "CLOB", .utf8),
            ("PHOTO", "RAW(2000)", .binary), ("SCAN", "BFILE", .utf8), ("say \"hi\"", "VARCHAR2(10)", .utf8),
        ]
        let fields = declared.map { Field($0.0, $0.2) }
        return TableQueries(
            dialect: .oracle,
            table: SQLDialect.oracle.table("students", schema: "sis"),
            fields: fields,
            declared: Dictionary(
                uniqueKeysWithValues: declared.map { ($0.0, DeclaredColumn(name: $0.0, type: $0.1)) }
            ),
            keyColumns: [fields[0]],
            rangeColumn: fields[0],
            watermarkColumn: fields[9],
            filter: "STATUS <> 'X'"
        )
    }

    @Test("each of them is Oracle SQL, and reads the table that it should")
    func parsed() throws {
        var since = queries
        since.since = SQLDialect.oracle.literal("2024-05-01T10:00:00.25Z", for: since.fields[9].type)
        let dialect = SQLDialect.oracle
        let date = try #require(
            dialect.literal("2024-05-01T10:00:00.25Z", for: since.fields[8].type, declared: since.declared["BORN"])
        )
        var byDate = queries
        byDate.since = date
        let range = RowRange(from: "500", to: "900")
        let addresses = RowRange(isOfAddresses: true, from: "AAAR3sAAEAAAACXAAA", to: "AAAR3sAAEAAAACXAAB")
        let scn = ConsistentView.changeNumber("8675309")
        let texts = [
            TableQueries.probe(queries.table), queries.count(), since.count(),
            try #require(queries.boundaries(parts: 4)),
            try #require(queries.boundaries(parts: 4, sample: dialect.sample(percent: 1.5))),
            try #require(queries.addressBoundaries(parts: 4)),
            try #require(queries.addressBoundaries(parts: 4, sample: dialect.sample(percent: 1.5))),
            queries.rows(in: RowRange(), view: .singleStatement), queries.rows(in: range, view: scn),
            since.rows(in: RowRange(from: nil, to: "500"), view: scn), byDate.rows(in: range, view: scn),
            queries.rows(in: addresses, view: scn), queries.keys(view: scn), queries.preview(rows: 10),
        ]
        let parsed = try ParsedSQL.parse(texts, dialect: "oracle")
        #expect(parsed.count == texts.count)
        for (text, answer) in zip(texts, parsed) {
            #expect(answer.ok, "\(text)\n\(answer.error ?? "")")
            #expect(answer.statement == "Select")
            #expect(answer.tables == ["STUDENTS"], "\(text)")
        }
        let others = [
            ConsistentView.changeNumberQuery, dialect.columnsQuery(dialect.place("students", schema: "sis")),
            dialect.columnsQuery(.init(schema: nil, table: nil)), dialect.aliveQuery,
        ]
        for (text, answer) in zip(others, try ParsedSQL.parse(others, dialect: "oracle")) {
            #expect(answer.ok, "\(text)\n\(answer.error ?? "")")
        }
        // Every column that can be read is delivered, under its lower-case name.
        #expect(parsed[8].columns == queries.fields.map { $0.name.lowercased() }.filter { $0 != "scan" })
    }

    @Test("the parser is no judge that lets everything pass")
    func refused() throws {
        let wrong = ["SELECT FROM WHERE", "SELECT a FROM t WHERE ROWID >=", "SELECT a FROM t WHERE (a = 1", "GRANT x"]
        for (text, answer) in zip(wrong, try ParsedSQL.parse(wrong, dialect: "oracle")) {
            #expect(!answer.ok, "\(text)")
        }
    }

    @Test(
        "a column keeps what the driver would lose: digits as text, offsets as text, all else as it is",
        arguments: [
            ("ID", "\"ID\""), ("GPA", "\"GPA\""),
            ("RATE", "TO_CHAR(\"RATE\", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')"),
            ("SHARE", "TO_CHAR(\"SHARE\", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')"),
            ("COUNTED", "TO_CHAR(\"COUNTED\", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')"),
            ("ROUNDED", "TO_CHAR(\"ROUNDED\", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')"),
            ("TINY", "TO_CHAR(\"TINY\", 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')"), ("MEASURED", "\"MEASURED\""),
            ("BORN", "\"BORN\""), ("CHANGED", "\"CHANGED\""),
            ("SEEN", "TO_CHAR(\"SEEN\", 'YYYY-MM-DD\"T\"HH24:MI:SS.FF9TZH:TZM')"), ("LOCAL_SEEN", "\"LOCAL_SEEN\""),
            ("STUDIED", "TO_CHAR(\"STUDIED\")"), ("ESSAY", "\"ESSAY\""), ("PHOTO", "\"PHOTO\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ]
    )
    func selected(name: String, expression: String) throws {
        let column = try #require(queries.selection.first { $0.alias == name.lowercased() })
        #expect(column.expression == expression)
    }

    @Test("what no query can read is named, not dropped without a word")
    func unreadable() {
        #expect(queries.unreadable.map(\.name) == ["SCAN"])
    }

    @Test("computed numbers are asked for as text, for the driver gives them as floating point")
    func computed() throws {
        #expect(queries.count().hasPrefix("SELECT TO_CHAR(COUNT(*)) AS"))
        #expect(try #require(queries.boundaries(parts: 4)).hasPrefix("SELECT TO_CHAR(MIN(k), 'TM9'"))
    }

    @Test(
        "numbers as Oracle writes them are literals",
        arguments: ["-12", "0.5", ".5", "-.25", "12345678901234567890"]
    )
    func numbers(text: String) {
        #expect(SQLDialect.oracle.literal(text, for: .float64) == text)
        #expect(SQLDialect.oracle.keyLiteral(text, for: .int64, isOpaque: false) == text)
    }
}

extension OracleTextTests {
    @Test(
        "Oracle's errors are told apart, with what to do",
        arguments: [
            ("ORA-12541: TNS:no listener", SourceError.Code.unreachable, true, "host and port"),
            ("ORA-12514: TNS:listener does not currently know of service", .unreachable, true, "service name"),
            ("ORA-03113: end-of-file on communication channel", .interrupted, true, "ended the connection"),
            ("ORA-00028: your session has been killed", .interrupted, true, "killed"),
            ("ORA-01555: snapshot too old: rollback segment number 3", .interrupted, true, "UNDO_RETENTION"),
            ("ORA-01017: invalid username/password; logon denied", .unauthorized, false, "password"),
            ("ORA-00942: table or view does not exist", .schema, false, "GRANT SELECT"),
            ("ORA-01031: insufficient privileges", .forbidden, false, "GRANT SELECT"),
            ("ORA-28000: the account is locked", .unauthorized, false, "locked"),
            ("ORA-08181: specified number is not a valid system change number", .interrupted, true, "UNDO_RETENTION"),
            ("ORA-01466: unable to read data - table definition has changed", .interrupted, true, "changed"),
        ]
    )
    func classified(text: String, code: SourceError.Code, isRetryable: Bool, advice: String) throws {
        let error = DatabaseFault.sourceError(
            ADBCError(.unknown, text, location: "oracle"),
            doing: "reading",
            location: "oracle_students"
        )
        let fault = try #require(error as? SourceError)
        #expect(fault.code == code)
        #expect(fault.isRetryable == isRetryable)
        #expect(fault.message.contains(advice), "\(fault.message)")
    }
}
