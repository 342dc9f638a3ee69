// Every room's error as one kind of failure with the right exit status.

import Foundation

extension Failure {
    /// Reads any error of the rooms.
    ///
    /// - Parameter interrupted: whether the user asked to stop, which then is the reason for any cancellation.
    init(_ error: any Error, interrupted: Bool = false) {
        if interrupted {
            self.init(.interrupted, code: "interrupted", message: "stopped; nothing half-done was published")
            remedy = "run the same command again: it goes on from the last good state"
            return
        }
        switch error {
        case let failure as Failure: self = failure
        default:
            self.init(code: "unexpected", message: String(describing: error))
        }
    }

    static let notWired = Failure(code: "notWired", message: "not wired yet")
}
