// The client of Glue's catalog and schema registry, on a real server.

import AWSTestServers
import Foundation
import Testing

@testable import LyceumAWS

@Suite struct GlueClientTests {
    private let database = "t_\(UUID().uuidString.lowercased().replacing("-", with: "_"))"

    private func table(_ name: String, columns: [GlueColumn], parameters: [String: String] = [:]) -> GlueTable {
        GlueTable(
            name,
            description: "Made by a test.",
            partitionKeys: [GlueColumn("source", type: "string"), GlueColumn("dt", type: "string")],
            storage: .parquet(columns, at: "s3://lake/clean/\(name)/"),
            parameters: parameters
        )
    }

    private func partition(_ day: Int, rows: Int = 1) -> GluePartition {
        GluePartition(
            ["oracle", "day-\(day)"],
            storage: .parquet([], at: "s3://lake/clean/t/source=oracle/dt=day-\(day)/"),
            parameters: ["rows": "\(rows)"]
        )
    }

    @Test func `A database is made once, and asked for by name`() async throws {
        let glue = try MotoServer.glue()
        #expect(try await !glue.hasDatabase(database))
        try await glue.createDatabase(database, description: "test")
        try await glue.createDatabase(database, description: "again")
        #expect(try await glue.hasDatabase(database))
    }

    @Test func `A table comes back as it was written, and each change is a version`() async throws {
        let glue = try MotoServer.glue()
        try await glue.createDatabase(database, description: "test")
        #expect(try await glue.table("courses", in: database) == nil)
        let first = table("courses", columns: [GlueColumn("course_id", type: "string", comment: "The key.")])
        try await glue.createTable(first, in: database)
        #expect(try await glue.table("courses", in: database) == first)
        var second = first
        second.storageDescriptor?.columns?.append(
            GlueColumn("credits", type: "decimal(4,2)", comment: "Points.", parameters: ["pii": "none"])
        )
        second.parameters = ["classification": "parquet"]
        try await glue.updateTable(second, in: database)
        #expect(try await glue.tables(in: database) == [second])
        #expect(try await glue.versions(of: "courses", in: database) == [second, first])
        try await glue.deleteTable("courses", in: database)
        try await glue.deleteTable("courses", in: database)
        #expect(try await glue.tables(in: database).isEmpty)
    }

    @Test func `More partitions than one request or page takes are made, listed and removed`() async throws {
        let glue = try MotoServer.glue()
        try await glue.createDatabase(database, description: "test")
        try await glue.createTable(table("t", columns: [GlueColumn("a", type: "int")]), in: database)
        let partitions = (0..<230).map { partition($0) }
        try await glue.createPartitions(partitions, of: "t", in: database)
        #expect(Set(try await glue.partitions(of: "t", in: database)) == Set(partitions))
        // Those that are there are left, and do not fail the others.
        try await glue.createPartitions([partition(229), partition(230)], of: "t", in: database)
        #expect(try await glue.partitions(of: "t", in: database).count == 231)
        try await glue.updatePartition(partition(7, rows: 99), of: "t", in: database)
        let changed = try await glue.partitions(of: "t", in: database).first { $0.values[1] == "day-7" }
        #expect(changed?.parameters == ["rows": "99"])
        try await glue.deletePartitions((0..<200).map { ["oracle", "day-\($0)"] }, of: "t", in: database)
        try await glue.deletePartitions([["oracle", "day-0"]], of: "t", in: database)
        let left = Set(try await glue.partitions(of: "t", in: database).map { $0.values[1] })
        #expect(left == Set((200...230).map { "day-\($0)" }))
    }

    @Test func `A schema's definitions are numbered, and one that is known keeps its number`() async throws {
        let glue = try MotoServer.glue()
        try await glue.createRegistry(database, description: "test")
        try await glue.createRegistry(database, description: "test")
        func definition(_ type: String) -> String {
            #"{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"a":{"type":"\#(type)"}}}"#
        }
        #expect(try await glue.register(definition("string"), as: "clean.t", in: database) == 1)
        #expect(try await glue.register(definition("number"), as: "clean.t", in: database) == 2)
        #expect(try await glue.register(definition("number"), as: "clean.t", in: database) == 2)
        #expect(try await glue.definition(of: "clean.t", version: 1, in: database) == definition("string"))
    }

    @Test func `A table of a database that is not there is an error that names both`() async throws {
        let error = await #expect(throws: AWSError.self) {
            try await MotoServer.glue().createTable(table("t", columns: []), in: database)
        }
        #expect(error?.code == .notFound)
        #expect(error?.location == "\(database).t")
    }
}
