// The catalog's mirror in Glue, on a real server.

import AWSTestServers
import Foundation
import Logging
import LyceumAWS
import LyceumCore
import Testing

@testable import LyceumLake

@Suite struct GlueMirrorTests {
    private let folder: TemporaryFolder
    private let database = "t_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"
    private let title = ColumnDescription(name: "title", type: "VARCHAR", description: "What it is called.")

    init() throws { folder = try TemporaryFolder() }

    private func mirror(encrypted: Bool = false) throws -> GlueMirror {
        let settings = try GlueSettings(
            database: database,
            region: "eu-central-1",
            endpoint: try MotoServer.shared.get()["endpoint"],
            location: "s3://bucket/lake",
            includesEncrypted: encrypted
        )
        return try GlueMirror(settings, credentials: MotoServer.credentials, logger: Logger(label: "test"))
    }

    private func publish(
        _ lake: Lake,
        days: [String],
        mode: PublishMode = .replace,
        columns: [ColumnDescription]
    ) async throws {
        let run = try await lake.beginRun()
        var files: [StagedFile] = []
        for day in days {
            let place = try run.staging.file(courses, source: "lyceum", day: day)
            try Data(day.utf8).write(to: URL(filePath: place.data.location))
            files.append(try await place.staged(rows: 2))
        }
        _ = try await run.publish(
            Publication(tables: [TablePublication(courses, mode: mode, files: files, columns: columns)])
        )
    }

    @Test func `Glue says what the catalog says, after each publication, a changed schema and a dropped partition`()
        async throws
    {
        let lake = try await Lake.open(in: folder)
        let glue = try MotoServer.glue()
        try await publish(lake, days: ["2026-11-21", "2026-11-22"], columns: [title])
        #expect(try await mirror().update(from: lake).created == ["clean_courses"])
        let first = try #require(try await glue.table("clean_courses", in: database))
        #expect(first.storageDescriptor?.columns?.map(\.type) == ["string"])
        #expect(first.storageDescriptor?.location == "s3://bucket/lake/clean/courses/")
        #expect(first.partitionKeys?.map(\.name) == ["source", "dt"])
        #expect(try await glue.partitions(of: "clean_courses", in: database).count == 2)
        #expect(try await mirror().update(from: lake).isEmpty)

        let credits = ColumnDescription(name: "credits", type: "DECIMAL(4,2)")
        try await publish(lake, days: ["2026-11-22", "2026-11-23"], columns: [title, credits])
        #expect(try await mirror().update(from: lake).updated == ["clean_courses"])
        let second = try #require(try await glue.table("clean_courses", in: database))
        #expect(second.storageDescriptor?.columns?.map(\.type) == ["string", "decimal(4,2)"])
        let days = try await glue.partitions(of: "clean_courses", in: database).map { $0.values[1] }.sorted()
        #expect(days == ["2026-11-22", "2026-11-23"])
        let versions = try await glue.versions(of: "clean_courses", in: database).compactMap {
            $0.parameters?["lyceum_snapshot"]
        }
        #expect(Array(Set(versions)).sorted() == ["1", "2"])
        let schema = try await glue.definition(of: "clean_courses", version: 2, in: database)
        #expect(schema.contains("credits"))
        #expect(try await mirror().update(from: lake).isEmpty)
    }

    @Test func `A mirror that stopped half-way is caught up`() async throws {
        let lake = try await Lake.open(in: folder)
        let glue = try MotoServer.glue()
        try await publish(lake, days: ["2026-11-21"], columns: [title])
        _ = try await mirror().update(from: lake)
        var table = try #require(try await glue.table("clean_courses", in: database))
        table.parameters?["lyceum_fingerprint"] = "unfinished"
        try await glue.updateTable(table, in: database)
        try await glue.deletePartitions([["lyceum", "2026-11-21"]], of: "clean_courses", in: database)
        #expect(try await mirror().update(from: lake).updated == ["clean_courses"])
        #expect(try await glue.partitions(of: "clean_courses", in: database).count == 1)
    }

    @Test(arguments: [
        ("VARCHAR", "string"), ("UBIGINT", "bigint"), ("DECIMAL(18,3)", "decimal(18,3)"),
        ("VARCHAR[]", "array<string>"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp"), ("STRUCT(a INTEGER, b VARCHAR[])", "struct<a:int,b:array<string>>"),
        ("MAP(VARCHAR, DOUBLE)", "map<string,double>"),
        (#"STRUCT("first name" VARCHAR)[]"#, "array<struct<first name:string>>"),
    ])
    func `A type of the engine has one of Hive`(_ type: String, _ expected: String) {
        #expect(GlueType.of(type) == expected)
    }
}
