// The two databases that a ledger may stand in, and tests that run on each.

import Foundation
import LyceumCore
import Testing

@testable import LyceumLake

/// A kind of ledger.
enum LedgerKind: String, Sendable, CaseIterable {
    case sqlite
    case postgresql

    /// The kind that the running test works on.
    @TaskLocal static var current = LedgerKind.sqlite

    func location(in folder: TemporaryFolder) throws -> LedgerLocation {
        switch self {
        case .sqlite: return .file(folder.ledger)
        case .postgresql:
            return .postgresql(uri: Secret(try PostgreSQL.shared.get().uri), schema: folder.schema)
        }
    }
}

/// Runs each test of a suite twice: with ledgers in SQLite, and with ledgers in PostgreSQL.
struct OnBothLedgers: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        // A child process does what its parent asked for, once.
        if ProcessInfo.processInfo.environment["LYCEUM_LAKE_TEST_CHILD"] != nil { return try await function() }
        for kind in LedgerKind.allCases {
            do {
                try await LedgerKind.$current.withValue(kind) { try await function() }
            } catch {
                Issue.record(error, "with a ledger in \(kind)")
            }
        }
    }
}

extension Trait where Self == OnBothLedgers {
    /// Runs each test with a ledger of either kind.
    static var onBothLedgers: Self { Self() }
}
