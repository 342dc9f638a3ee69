// The student database in PostgreSQL.

import ADBC
import Foundation
import LyceumCore
import TestServers
import Testing

@testable import LyceumSandbox

@Suite("A campus in PostgreSQL", .serialized)
struct PostgreSQLTests {
    private static let size = CampusSize(students: 300, postings: 50, courses: 22, programmes: 10)

    @Test("The student database is filled, found again, and equal to the embedded one")
    func fill() async throws {
        try await withPostgreSQL { uri in
            let home = try SampleCampus.temporaryFolder()
            let location = CampusLocation(home: home, registrar: .postgresql(uri: uri))
            let campus = try await Campus.prepare(size: Self.size, location: location)
            #expect(try await Campus.prepare(size: Self.size, location: location).wasReused)
            let embedded = try await SampleCampus.make(size: Self.size)
            #expect(campus.counts == embedded.counts && campus.dirt == embedded.dirt)
            let sums = [
                "SELECT concat(count(*), ' ', sum(student_id), ' ', sum(gpa), ' ', max(updated_at)) FROM students",
                "SELECT concat(count(adviser_id), ' ', sum(length(directory_opt_out)), ' ', sum(length(employer_consent))) FROM students",
                "SELECT concat(count(*), ' ', sum(student_id), ' ', count(registered_on), ' ', max(updated_at)) FROM enrollments",
                "SELECT concat(count(*), ' ', sum(score), ' ', sum(weight), ' ', max(submitted_on)) FROM academic_records",
                "SELECT concat(count(*), ' ', sum(length(description))) FROM courses",
            ]
            for sum in sums {
                let here = try await Self.connected(uri) { try await $0.texts(sum) }
                let there = try await withRegistrar(embedded) { try await $0.texts(sum) }
                #expect(here == there, "\(sum)")
            }
        }
    }

    @Test("Tables that the sandbox did not make are left alone")
    func occupied() async throws {
        try await withPostgreSQL { uri in
            try await Self.connected(uri) { connection in
                try await connection.execute("CREATE TABLE students (name text)")
                try await connection.execute("INSERT INTO students VALUES ('somebody')")
            }
            let location = CampusLocation(home: try SampleCampus.temporaryFolder(), registrar: .postgresql(uri: uri))
            let error = await #expect(throws: SandboxError.self) {
                try await Campus.prepare(size: Self.size, location: location)
            }
            #expect(error?.code == .occupied && error?.location == "students")
            #expect(try await Self.connected(uri) { try await $0.number("SELECT count(*) FROM students") } == 1)
        }
    }

    private static func connected<Result: Sendable>(
        _ uri: Secret,
        _ body: (Connection) async throws -> Result
    ) async throws -> Result {
        let database = try await Database.open(driver: try Driver.load("postgresql"), options: ["uri": uri.reveal()])
        let connection = try await database.connect()
        let result = try await body(connection)
        try await connection.close()
        return result
    }

    /// Runs `body` with a PostgreSQL server of its own.
    private func withPostgreSQL(_ body: (Secret) async throws -> Void) async throws {
        let server = try ScriptServer.start("start-postgres")
        defer { server.stop() }
        try await body(Secret(try server.uri))
    }
}
