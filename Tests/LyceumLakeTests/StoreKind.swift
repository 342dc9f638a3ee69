// The two stores that a lake's files may stand in, and tests that run on each.

import AWSTestServers
import Foundation
import LyceumAWS
import Testing

@testable import LyceumLake

/// A kind of store.
enum StoreKind: String, Sendable, CaseIterable {
    case folder
    case s3

    /// The kind that the running test works on.
    @TaskLocal static var current = StoreKind.folder

    /// A lake of a kind that belongs to a folder.
    func settings(in folder: TemporaryFolder) throws -> LakeSettings {
        switch self {
        case .folder: return LakeSettings(place: .folder(folder.lake), ledger: try folder.location)
        case .s3:
            let place = S3Location(bucket: try SeaweedServer.bucket(), prefix: "lakes/\(folder.schema)")
            var settings = LakeSettings(place: .s3(place), ledger: try folder.location)
            settings.credentials = try SeaweedServer.credentials()
            return settings
        }
    }
}

/// Runs each test of a suite twice: with a lake in a folder, and with one in S3.
struct OnBothStores: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        for kind in StoreKind.allCases {
            do {
                try await StoreKind.$current.withValue(kind) { try await function() }
            } catch {
                Issue.record(error, "with a lake in \(kind)")
            }
        }
    }
}

extension Trait where Self == OnBothStores {
    /// Each test runs on both kinds of stores.
    static var onBothStores: OnBothStores { OnBothStores() }
}
