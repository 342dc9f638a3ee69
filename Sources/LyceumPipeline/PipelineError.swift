// The one error type of the pipeline.

import Foundation
import LyceumLake

/// What went wrong in a run or in its configuration, where, and what to do about it.
public struct PipelineError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for callers that branch on it.
    public enum Code: String, Sendable {
        /// `lyceum.yaml` is missing, malformed or inconsistent.
        case badConfiguration
        /// A model's SQL or YAML is wrong.
        case badModel
        /// A model's query failed in the engine.
        case modelFailed
        /// A data test of severity `error` on a whole table failed.
        case testFailed
        /// Rows in do not equal rows out, quarantined and de-duplicated.
        case unbalanced
        /// A source failed.
        case sourceFailed
        /// A source differs from a table's contract in a dimension that is frozen.
        case contractBroken
        /// The engine could not be started or lost its way.
        case engine
        /// The query of `lyceum sql` is not allowed or not valid.
        case badQuery
        /// What was asked for does not exist.
        case notFound
        /// An identifier may be of several people.
        case ambiguousSubject
        /// A legal hold keeps a person's data.
        case held
        /// The key by which erased people are known is missing or another than before.
        case erasureKey
        /// A receipt is not one of ours, or was changed.
        case badReceipt
        /// No room left, or the folder cannot be written.
        case storage
        /// The run was cancelled.
        case cancelled
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, to what, and what to do.
    public let message: String
    /// Where: `file:line`, model, source or table.
    public let location: String?
    /// The error underneath, if there is one.
    public let cause: (any Error)?

    /// Describes a failure.
    public init(_ code: Code, _ message: String, location: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.location = location
        self.cause = cause
    }

    /// A full disk, whoever met it first: engine, connector or index; nil for any other error.
    static func noSpace(_ error: any Error, lake: LakePlace) -> PipelineError? {
        guard "\(error)".contains("No space left on device") else { return nil }
        return PipelineError(
            .storage,
            "the disk is full; what was published before is whole and stays. Free some space and run again",
            location: lake.description,
            cause: error
        )
    }

    /// `location: message (cause)`.
    public var description: String {
        var text = location.map { "\($0): " } ?? ""
        text += message
        if let cause { text += " (\(cause))" }
        return text
    }
}
