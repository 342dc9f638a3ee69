// How large a campus to make.

import ArgumentParser
import LyceumSandbox

/// The options on volume that `demo` and `sandbox` share.
struct CampusVolume: ParsableArguments {
    @Flag(help: "A twentieth of the real numbers: 1,440 students, for a quick look.")
    var sample = false

    @Flag(help: "The reference volumes: 100,000 students, over a million records.")
    var reference = false

    func validate() throws {
        guard !(sample && reference) else { throw ValidationError("Give --sample or --reference, not both.") }
    }

    /// The size of the campus; the real numbers unless asked otherwise.
    var size: CampusSize {
        if reference { return .reference }
        return sample ? .sample : .base
    }
}
