// Rules for a bucket: what they say, and that S3's own model takes them.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake
@testable import LyceumPipeline

@Suite("Rules for the bucket")
struct LifecycleTests {
    private static func table(_ name: String, pii: PIIClass = .none) throws -> TableSummary {
        TableSummary(
            id: try #require(TableID(name)),
            description: "",
            key: [],
            columns: [ColumnDescription(name: "a", type: "VARCHAR", pii: pii)],
            rows: 0,
            bytes: 0,
            files: 0
        )
    }

    private static func hold(_ scope: Hold.Scope, _ target: String) -> Hold {
        Hold(id: 1, scope: scope, target: target, reason: "r", placedBy: "x", placedAt: Date())
    }

    private static func rules(_ holds: [Hold] = [], deep: Int? = nil) throws -> LifecycleConfiguration {
        var tiers = TierSettings()
        tiers.deepArchiveAfter = deep
        return LifecycleConfiguration(
            prefix: "campus/lake",
            tables: try [table("raw.oracle_students", pii: .direct), table("raw.oracle_courses")],
            holds: holds,
            retention: RetentionSettings(),
            tiers: tiers
        )
    }

    private static func history(_ rules: LifecycleConfiguration, _ table: String) throws -> LifecycleConfiguration.Rule
    {
        try #require(rules.rules.first { $0.filter.prefix == "campus/lake/_history/raw/\(table)/" })
    }

    @Test("raw data and quarantine move to classes that answer at once, and only history expires")
    func standard() throws {
        let rules = try Self.rules()
        let raw = try #require(rules.rules.first { $0.filter.prefix == "campus/lake/raw/" })
        #expect(raw.transitions?.map(\.storageClass) == ["STANDARD_IA", "GLACIER_IR"])
        #expect(raw.expiration == nil)
        #expect(rules.rules.contains { $0.filter.prefix == "campus/lake/quarantine/" })
        #expect(
            !rules.rules.contains { $0.filter.prefix.contains("/clean/") || $0.filter.prefix.contains("/curated/") }
        )
        let history = try Self.history(rules, "oracle_students")
        #expect(history.expiration?.days == 120, "the ledger's 90 days, and 30 more")
        #expect(rules.rules.first?.abortUploads?.days == 7 && rules.rules.first?.noncurrentExpiration?.days == 30)
        #expect(rules.rules.filter { $0.expiration != nil }.allSatisfy { $0.filter.prefix.contains("/_history/") })
    }

    @Test(
        "under a hold the history of its table, or of every table about persons, has no expiry, nor have old versions"
    )
    func holds() throws {
        let table = try Self.rules([Self.hold(.table, "raw.oracle_courses")], deep: 500)
        #expect(try Self.history(table, "oracle_courses").expiration == nil)
        #expect(try Self.history(table, "oracle_courses").transitions?.last?.storageClass == "DEEP_ARCHIVE")
        #expect(try Self.history(table, "oracle_students").expiration != nil)
        let person = try Self.rules([Self.hold(.subject, "S1")])
        #expect(try Self.history(person, "oracle_students").expiration == nil)
        #expect(try Self.history(person, "oracle_courses").expiration != nil)
        for rules in [table, person] { #expect(rules.rules.allSatisfy { $0.noncurrentExpiration == nil }) }
    }

    @Test("S3's own model of the requests takes the rules", arguments: [false, true])
    func valid(isHeld: Bool) throws {
        let rules = try Self.rules(isHeld ? [Self.hold(.table, "raw.oracle_courses")] : [], deep: 500)
        try Self.validate(rules, "PutBucketLifecycleConfiguration", "LifecycleConfiguration")
        try Self.validate(
            ReplicationConfiguration(
                prefix: "campus/lake",
                to: "arn:aws:s3:::copy",
                role: "arn:aws:iam::123456789012:role/copy"
            ),
            "PutBucketReplication",
            "ReplicationConfiguration"
        )
    }

    @Test("the check against S3's model refuses what S3 would refuse")
    func invalid() throws {
        let wrong = ["Rules": [["Status": 1]]]
        #expect(throws: (any Error).self) {
            try Self.validate(wrong, "PutBucketLifecycleConfiguration", "LifecycleConfiguration")
        }
    }

    private struct Refused: Error, CustomStringConvertible { let description: String }

    private static func validate(_ value: some Encodable, _ operation: String, _ member: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        let python = root.appending(path: ".lyceum/moto/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else {
            throw Refused(description: "botocore is not installed; run scripts/setup --tests")
        }
        let process = Process()
        process.executableURL = python
        process.arguments = [
            "-c",
            """
            import json, sys, botocore.session, botocore.validate
            model = botocore.session.get_session().get_service_model('s3')
            shape = model.operation_model(sys.argv[1]).input_shape.members[sys.argv[2]]
            report = botocore.validate.ParamValidator().validate(json.loads(sys.argv[3]), shape)
            sys.exit(report.generate_report() or 0)
            """,
            operation, member, String(decoding: try JSONEncoder().encode(value), as: UTF8.self),
        ]
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Refused(description: said) }
    }
}
