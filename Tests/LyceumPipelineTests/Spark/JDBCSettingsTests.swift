// `jdbc:` of a relational source, the statements that Spark is given, and what its errors say.

import ADBC
import Arrow
import Foundation
import LyceumCore
import LyceumSources
import Testing

@testable import LyceumPipeline

private func read(_ jdbc: String, uri: String = "oracle://etl:p%40ss@db:1521/sis", driver: String = "oracle") throws
    -> OracleConfiguration
{
    let configuration = try Configuration.parse(
        """
        sources:
          sis: {type: oracle, driver: \(driver), uri: "${URI}", jdbc: \(jdbc)}
        """,
        file: URL(filePath: "/campus/lyceum.yaml"),
        environment: ["URI": uri, "PASSWORD": "s3cret"]
    )
    guard case .oracle(let oracle) = configuration.sources[0] else { throw CancellationError() }
    return oracle
}

@Test("User and password come from the section or from the source's URI, the driver's class from the URL")
func jdbcSettings() throws {
    let oracle = try #require(try read(#"{url: "jdbc:oracle:thin:@//db:1521/sis"}"#).jdbc)
    #expect(oracle.driver == "oracle.jdbc.OracleDriver" && oracle.partitions == 8 && oracle.fetchSize == 10_000)
    #expect(oracle.user == "etl" && oracle.password.reveal() == "p@ss")
    let postgres = try #require(
        try read(
            #"{url: "jdbc:postgresql://db/sis?sslmode=verify-full", user: r, password: "${PASSWORD}", partitions: 64, fetch_size: 5}"#,
            driver: "postgresql"
        ).jdbc
    )
    #expect(postgres.driver == "org.postgresql.Driver" && postgres.partitions == 64 && postgres.fetchSize == 5)
    #expect(postgres.user == "r" && postgres.password.reveal() == "s3cret")
    let encrypted = try read(#"{url: "jdbc:oracle:thin:@tcps://db:2484/sis"}"#, uri: "oracle://a:b@db:2484/sis").jdbc
    #expect(encrypted?.user == "a")
    let other = #"{url: "jdbc:sqlserver://db", driver: com.microsoft.sqlserver.jdbc.SQLServerDriver}"#
    #expect(try read(other).jdbc?.driver.hasSuffix("SQLServerDriver") == true)
}

@Test(
    "What cannot work is told with its line, and no password may stand in the URL",
    arguments: [
        (#"{url: "db:5432"}"#, "'url' must be an address"), (#"{url: "jdbc:postgresql://u:p@db/x"}"#, "must not hold"),
        (#"{url: "jdbc:postgresql://db/x?user=u&password=p"}"#, "must not hold"),
        (#"{url: "jdbc:oracle:thin:scott/tiger@//db:1521/x"}"#, "must not hold"),
        (#"{url: "jdbc:sqlserver://db"}"#, "needs 'driver'"),
        (#"{url: "jdbc:postgresql://db/x", user: u}"#, "'password'"),
        (#"{url: "jdbc:postgresql://db/x", user: u, password: p}"#, "must not stand in this file"),
        (#"{url: "jdbc:postgresql://db/x", partitions: 0}"#, "between 1 and 1024"),
        (#"{url: "jdbc:postgresql://db/x", jar: a.jar}"#, "unknown key"),
    ]
)
func jdbcSettingsThatAreWrong(jdbc: String, sentence: String) {
    #expect {
        try read(jdbc)
    } throws: {
        ($0 as? PipelineError)?.code == .badConfiguration && "\($0)".contains(sentence)
            && "\($0)".contains("lyceum.yaml:2")
    }
}

@Test("Without an account in the URI one is asked for; a DuckDB file has no JDBC")
func jdbcWithoutAccount() {
    #expect {
        try read(#"{url: "jdbc:oracle:thin:@//db:1521/x"}"#, uri: "oracle://db:1521/sis")
    } throws: {
        "\($0)".contains("needs 'user' and 'password'")
    }
    #expect {
        try read(#"{url: "jdbc:duckdb:x"}"#, driver: "duckdb")
    } throws: {
        "\($0)".contains("read by this machine")
    }
}

private let access = JDBCConfiguration(
    url: "jdbc:postgresql://db/x",
    driver: "org.postgresql.Driver",
    user: "reader",
    password: Secret(#"p'w\"#)
)

@Test("A range is a view whose password stands last; one statement writes all ranges in the types that are wanted")
func jdbcStatements() {
    let reading = ClusterReading(
        name: "sis__t",
        table: "t",
        access: access,
        queries: ["SELECT 'it''s' AS a FROM t", "SELECT 2"],
        columns: Schema([
            Field("a", .utf8), Field("b", .decimal64(precision: 10, scale: 2)), Field("c", .binary),
            Field("d", .timestamp(.microsecond, timezone: nil)), Field("e", .date32),
        ]),
        counted: ["d", "e"],
        sessionStatement: "SET x",
        streams: 1
    )
    #expect(
        SparkJDBCReader.view("`v`", of: reading.queries[0], reading) == #"""
            CREATE OR REPLACE TEMPORARY VIEW `v` USING org.apache.spark.sql.jdbc OPTIONS (url 'jdbc:postgresql://db/x', driver \#
            'org.postgresql.Driver', dbtable '(SELECT \'it\'\'s\' AS a FROM t) q', fetchsize '10000', preferTimestampNTZ 'true', \#
            sessionInitStatement 'SET x', user 'reader', password 'p\'w\\')
            """#
    )
    let row =
        "CAST(`a` AS STRING) AS `a`, CAST(`b` AS DECIMAL(10,2)) AS `b`, CAST(`c` AS BINARY) AS `c`, "
        + "CAST(timestamp_micros(`d`) AS TIMESTAMP_NTZ) AS `d`, CAST(date_from_unix_date(`e`) AS DATE) AS `e`"
    #expect(
        SparkJDBCReader.insert(reading, into: "s3://lake/x") == """
            INSERT OVERWRITE DIRECTORY 's3a://lake/x' USING parquet OPTIONS (compression 'snappy') \
            SELECT \(row) FROM `range_0` UNION ALL SELECT \(row) FROM `range_1`
            """
    )
    for type: DataType in [.uint64, .time64(.microsecond), .interval(.monthDayNano), .list(Field("item", .int32))] {
        #expect(SparkJDBCReader.sparkType(type) == nil)
    }
}

private let lost =
    "executing: [Spark] Job aborted due to stage failure: Task 0 in stage 1.0 failed 1 times, most recent "
    + "failure: Lost task 0.0 in stage 1.0 (TID 1) (host executor driver): org.postgresql.util.PSQLException: "

@Test(
    "Errors say what to do, and neither the password nor a value of the data",
    arguments: [
        ("[Spark] com.example.Driver.", SourceError.Code.missingComponent, "spark.jars", false),
        (
            "[Spark] [FAILED_JDBC.CONNECTION] Failed JDBC x SQLSTATE: HV000", .unauthorized, "check user and password",
            false
        ),
        (lost + "FATAL: sorry, too many clients already", .unreachable, "lower 'partitions'", true),
        (lost + #"ERROR: snapshot "00000004-1" does not exist"#, .interrupted, "one server and database", true),
        (lost + "Bad value for type BigDecimal : NaN\n\tat org", .malformed, "BigDecimal", false),
        (
            lost + #"ERROR: invalid input syntax for type date: "infinity is no count""#, .malformed,
            "infinite", false
        ),
        (lost + "This connection has been closed.", .interrupted, "ended the connection", true),
        (lost + #"ERROR: invalid input syntax for type integer: "Jane O'Hara""#, .rejected, "for type integer", false),
        (#"[Spark] [PARSE_SYNTAX_ERROR] Syntax error at or near 'p'w\'. SQLSTATE: 42601"#, .rejected, "***", false),
    ]
)
func jdbcFaults(text: String, code: SourceError.Code, sentence: String, isRetryable: Bool) {
    var access = access
    if text.contains("com.example") { access.driver = "com.example.Driver" }
    let error = JDBCFault(ADBCError(.internal, text), access).sourceError("reading t", location: "t")
    #expect(error.code == code && error.isRetryable == isRetryable, "\(error)")
    #expect(error.message.hasPrefix("reading t: ") && error.message.contains(sentence), "\(error)")
    for secret in ["Jane", "Hara", #"p'w\"#, "at org"] { #expect(!"\(error)".contains(secret)) }
    #expect((error.cause as? ClusterObstacle == .noNumber) == text.contains("NaN"))
    #expect((error.cause as? ClusterObstacle == .endlessTime) == text.contains("no count"))
}
