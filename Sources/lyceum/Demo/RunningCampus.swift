// A campus whose APIs are being served while something else is done with them.

import Logging
import LyceumSandbox

/// Prepares a campus, serves its two web interfaces on loopback, and stops serving when the work is done.
enum RunningCampus {
    /// Makes the campus, or finds it made already.
    static func prepare(_ size: CampusSize, at location: CampusLocation, on console: Console) async throws -> Campus {
        try await console.whileShowingProgress {
            console.progress(.started(name: "campus", stage: "prepare", total: 100))
            let campus = try await Campus.prepare(size: size, location: location) { step, done in
                console.progress(.advanced(name: "campus", done: Int64(done * 100), total: 100))
            }
            let records =
                "\(HumanNumbers.count(campus.records)) records, \(HumanNumbers.count(campus.dirt.total)) faults"
            console.progress(.finished(name: "campus", detail: campus.wasReused ? "\(records), as before" : records))
            return campus
        }
    }

    /// Serves while some work is done.
    ///
    /// - Parameters:
    ///   - port: the port of both interfaces; 0 takes a free one.
    ///   - vizQLRows: the most rows that the VizQL Data Service gives at once.
    ///   - faults: what goes wrong with which request.
    ///   - work: gets where they listen.
    static func whileServing(
        _ campus: Campus,
        port: Int,
        credentials: CampusCredentials,
        logger: Logger,
        vizQLRows: Int = 10_000,
        faults: FaultPlan? = nil,
        _ work: (CampusAddresses) async throws -> Void
    ) async throws {
        let server = try CampusServer(
            campus: campus,
            credentials: credentials,
            port: port,
            logger: logger,
            vizQLRows: vizQLRows,
            faults: faults
        )
        let port = try await server.start()
        let address = "http://\(server.host):\(port)"
        do {
            try await work(CampusAddresses(workday: address, tableau: address))
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}
