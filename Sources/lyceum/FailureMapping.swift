// Every room's error as one kind of failure with the right exit status.

import ADBC
import Arrow
import Foundation
import LyceumAWS
import LyceumAccess
import LyceumAudit
import LyceumLake
import LyceumPipeline
import LyceumSandbox
import LyceumSearch
import LyceumServer
import LyceumSources

extension Failure {
    /// Reads any error of the rooms.
    ///
    /// - Parameter interrupted: whether the user asked to stop; whatever then ends the work is that.
    init(_ error: any Error, interrupted: Bool = false) {
        if interrupted {
            self.init(
                .interrupted,
                code: "interrupted",
                message: "stopped; nothing half-done was published",
                remedy: "run the same command again: it goes on from the last good state"
            )
            return
        }
        if let failure = error as? Failure {
            self = failure
            return
        }
        guard let parts = RoomError(error) else {
            self.init(code: "unexpected", message: Failure.text(of: error))
            return
        }
        var causes: [String] = []
        var cause = parts.cause
        // An error that names itself as its cause would go on for ever.
        while let current = cause, causes.count < 5 {
            let parts = RoomError(current)
            let text = parts?.message ?? Failure.text(of: current)
            causes.append(parts?.location.map { "\(text) (\($0))" } ?? text)
            cause = parts?.cause
        }
        self.init(
            parts.isConfiguration ? .configuration : .failure,
            code: parts.code,
            message: parts.message,
            location: parts.location,
            causes: causes
        )
    }

    /// An error of the system or of a library, in its own words.
    private static func text(of error: any Error) -> String {
        switch error {
        case is CancellationError: "the work was cancelled"
        case let error as NSError where type(of: error) == NSError.self: error.localizedDescription
        case let error as CocoaError: error.localizedDescription
        default: String(describing: error)
        }
    }
}

/// What the rooms' error structs have in common.
private struct RoomError {
    var code: String
    var message: String
    var location: String?
    var cause: (any Error)?
    var isConfiguration = false

    init?(_ error: any Error) {
        switch error {
        case let error as PipelineError:
            self.init(error.code.rawValue, error.message, error.location, error.cause)
            isConfiguration = error.code == .badConfiguration
        case let error as LakeError:
            self.init("\(error.code)", error.message, error.location, error.cause)
        case let error as AWSError:
            self.init("\(error.code)", error.message, error.location, error.cause)
            isConfiguration = error.code == .configuration
        case let error as SourceError:
            self.init("\(error.code)", error.message, error.location, error.cause)
            isConfiguration = error.code == .configuration
        case let error as AuditError:
            self.init("\(error.code)", error.message, error.location, error.cause)
            isConfiguration = error.code == .badSecret || error.code == .wrongKey
        case let error as SearchError:
            self.init("\(error.code)", error.message, error.location, error.cause)
        case let error as SandboxError:
            self.init("\(error.code)", error.message, error.location, error.cause)
        case let error as ServerError:
            self.init("\(error.code)", error.message, error.location, error.cause)
            isConfiguration = error.code == .invalidConfiguration
        case let error as AccessError:
            self.init("\(error.code)", error.message, error.location, error.cause)
            isConfiguration = error.code == .invalidConfiguration
        case let error as ADBCError:
            self.init(error.code.rawValue, error.message, error.location, error.cause)
        case let error as ArrowError:
            self.init("\(error.code)", error.message, error.location, error.cause)
        default:
            return nil
        }
    }

    private init(_ code: String, _ message: String, _ location: String?, _ cause: (any Error)?) {
        self.code = code
        self.message = message
        self.location = location
        self.cause = cause
    }
}
