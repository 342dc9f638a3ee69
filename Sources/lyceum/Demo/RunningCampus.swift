// A campus whose APIs are being served while something else is done with them.

import Logging
import LyceumSandbox

/// Prepares a campus, serves its two web interfaces on loopback, and stops serving when the work is done.
struct RunningCampus: Sendable {
    /// The campus.
    let campus: Campus
    /// What its interfaces ask for.
    let credentials: CampusCredentials
    /// Where they listen.
    let addresses: CampusAddresses

    /// Makes the campus, or finds it made already.
    static func prepare(_ size: CampusSize, at location: CampusLocation, on console: Console) async throws -> Campus {
        let campus = try await console.whileShowingProgress {
            console.progress(.started(name: "campus", stage: "prepare", total: 100))
            let campus = try await Campus.prepare(size: size, location: location) { step, done in
                console.progress(.advanced(name: "campus", done: Int64(done * 100), total: 100))
            }
            let records = "\(HumanNumbers.count(campus.records)) records, \(HumanNumbers.count(campus.dirt.total)) faults"
            console.progress(.finished(name: "campus", detail: campus.wasReused ? "\(records), as before" : records))
            return campus
        }
        return campus
    }

}
