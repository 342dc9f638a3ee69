// `engine: {spark: …}` in the configuration, and what Spark's errors say.

import ADBC
import Foundation
import Testing

@testable import LyceumPipeline

private func read(_ engine: String, _ more: String = "") throws -> Configuration {
    try Configuration.parse(
        """
        engine: {spark: \(engine)}
        \(more)
        sources:
          exports: {type: files, path: exports, mapping: oulad}
        """,
        file: URL(filePath: "/campus/lyceum.yaml"),
        environment: ["TOKEN": "s3cret", "KEY": String(repeating: "ab", count: 32)]
    )
}

/// TLS is on but to loopback, and the token comes from outside.
@Test
func sparkSettings() throws {
    let spark = try #require(
        try read(#"{url: "sc://spark.example.edu:15002", token: "${TOKEN}", headers: {x-cluster: "${TOKEN}"}}"#).spark
    )
    #expect(spark.tls && spark.token?.reveal() == "s3cret")
    #expect(spark.options["adbc.spark.headers.x-cluster"] == "s3cret")
    #expect(spark.restart == .seconds(60))
    let local = try read(#"{url: "sc://127.0.0.1:15002", restart_seconds: 5}"#).spark
    #expect(local?.tls == false && local?.restart == .seconds(5) && local?.pages == nil)
    for pages in ["http://127.0.0.1:4040", "https://spark.example.edu/ui/"] {
        #expect(try read(#"{url: "sc://h:1", pages: "\#(pages)"}"#).spark?.pages == pages)
    }
}

/// An engine by its name alone is answered with how it is written.
@Test(arguments: [("spark", "engine: {spark: {url:"), ("duckdb", "leave it out")])
func engineWithoutAddress(name: String, sentence: String) {
    #expect {
        try Configuration.parse(
            "engine: \(name)\nsources: {exports: {type: files, path: exports, mapping: oulad}}",
            file: URL(filePath: "/campus/lyceum.yaml"),
            environment: [:]
        )
    } throws: {
        "\($0)".contains(sentence) && "\($0)".contains("lyceum.yaml:1")
    }
}

@Test(arguments: [
    (#"{url: "http://spark:15002"}"#, "", "sc://"), (#"{url: "sc://h:1/;token=x"}"#, "", "sc://"),
    (#"{url: "sc://spark.example.edu:15002", tls: false}"#, "", "in the clear"),
    (#"{url: "sc://h:1", token: s3cret}"#, "", "must not stand"), (#"{url: "sc://h:1", nope: 1}"#, "", "nope"),
    (#"{url: "sc://h:1", pages: "http://spark.example.edu:4040"}"#, "", "https://"),
    (#"{url: "sc://h:1", pages: "https://me:s3cret@spark.example.edu"}"#, "", "https://"),
    (#"{url: "sc://h:1"}"#, #"encryption: {master_key: "${KEY}"}"#, "Spark cannot read"),
])
func sparkSettingsThatAreWrong(engine: String, more: String, sentence: String) {
    #expect {
        try read(engine, more)
    } throws: {
        ($0 as? PipelineError)?.code == .badConfiguration && "\($0)".contains(sentence)
    }
}

/// Class, SQLSTATE and place are kept, plans and values are not.
@Test
func sparkErrors() {
    let unresolved = SparkError(
        ADBCError(
            .internal,
            """
            executing: [Spark] [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `nope` cannot be resolved. SQLSTATE: 42703; line 1 pos 7;
            'Project ['nope]
            """
        )
    )
    #expect(unresolved.errorClass == "UNRESOLVED_COLUMN.WITH_SUGGESTION" && unresolved.sqlState == "42703")
    #expect(unresolved.place == "line 1 pos 7" && !"\(unresolved)".contains("Project"))
    #expect("\(unresolved.quoting("SELECT nope"))".hasSuffix("(SQLSTATE 42703, line 1 pos 7, near SELECT nope)"))
    #expect("\(unresolved.quoting(""))".hasSuffix("(SQLSTATE 42703, line 1 pos 7)"))
    let secret = #"SELECT 'a\'s3cret\\', nope"#
    let quoted = "\(SparkError(ADBCError(.internal, "[Spark] [X] no. SQLSTATE: 42703; line 1 pos 22")).quoting(secret))"
    #expect(!quoted.contains("s3cret") && quoted.contains("', nope"), "\(quoted)")
    let range = SparkError(
        ADBCError(.internal, "[Spark] [NUMERIC_VALUE_OUT_OF_RANGE] The -3.75 is no Decimal(2, 0). SQLSTATE: 22003")
    )
    #expect("\(range)" == "spark: [NUMERIC_VALUE_OUT_OF_RANGE] The … is no Decimal(…, …). (SQLSTATE 22003)")
    let cast = SparkError(
        ADBCError(
            .internal,
            "executing: [Spark] [CAST_INVALID_INPUT] The value 'Jane Doe' of the type STRING. SQLSTATE: 22018\n== SQL =="
        )
    )
    #expect(!"\(cast)".contains("Jane") && "\(cast)".contains("CAST_INVALID_INPUT") && !cast.isSessionLost)
    #expect(SparkError(ADBCError(.io, "connection refused")).isSessionLost)
    #expect(
        SparkError(ADBCError(.internal, "[Spark] [INVALID_HANDLE.SESSION_CLOSED] gone. SQLSTATE: 08003")).isSessionLost
    )
}
