// `lyceum sandbox`: only the sources.

import ArgumentParser
import Foundation
import LyceumCore
import LyceumSandbox

/// The student database, the Workday API and the Tableau API of the sample campus.
struct SandboxCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Start only the sources: student database, Workday API, Tableau API.",
        discussion: """
            Writes the lyceum.yaml that reaches them into its folder, and serves until Ctrl-C. Prints how many faults of \
            which kind were put into the data.
            """
    )

    @Option(help: ArgumentHelp("Multiply students and records under new ids.", valueName: "n"))
    var scale: Int = 1

    @OptionGroup var volume: CampusVolume

    @Option(
        help: ArgumentHelp("The folder for the database and the secrets.", valueName: "dir"),
        completion: .directory
    )
    var home: String = ".lyceum/sandbox"

    @Option(
        help: ArgumentHelp(
            "Fill the PostgreSQL database whose URI this environment variable holds, instead of an embedded one.",
            valueName: "variable"
        )
    )
    var databaseFrom: String?

    @Option(help: ArgumentHelp("The port to serve on; 0 for any free one.", valueName: "port"))
    var port: Int = 0

    @Option(
        help: ArgumentHelp(
            "Make requests fail: KIND=RATE of \(Fault.allCases.map(\.rawValue).joined(separator: ", ")), or all=RATE.",
            valueName: "kind=rate,…"
        )
    )
    var faults: String?

    @Option(help: ArgumentHelp("The seed of --faults: the same seed, the same faults.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp("The most rows that Tableau's VizQL Data Service gives at once.", valueName: "n")
    )
    var vizqlRows: Int = 10_000

    @OptionGroup var shared: SharedOptions

    func validate() throws {
        guard (1...1000).contains(scale) else { throw ValidationError("--scale must be from 1 to 1000.") }
        guard (0...65535).contains(port) else { throw ValidationError("--port must be from 0 to 65535.") }
        guard scale == 1 || !(volume.reference || volume.sample) else {
            throw ValidationError("Give one of --scale, --sample and --reference.")
        }
        guard vizqlRows > 0 else { throw ValidationError("--vizql-rows must be above 0.") }
        do {
            _ = try plan()
        } catch {
            throw ValidationError(error.message + ".")
        }
    }

    func perform(on console: Console) async throws {
        let home = DemoHome(path: home)
        let campus = try await RunningCampus.prepare(
            scale > 1 ? .scale(scale) : volume.size,
            at: CampusLocation(home: home.root, registrar: try registrar()),
            on: console
        )
        console.say(campus.dirt.table)
        console.say()
        let credentials = CampusCredentials.generated()
        let logger = shared.logger(console)
        try await RunningCampus.whileServing(
            campus,
            port: port,
            credentials: credentials,
            logger: logger,
            vizQLRows: vizqlRows,
            faults: try plan()
        ) { addresses in
            try home.write(campus: campus, addresses: addresses, credentials: credentials, port: 8080, encrypts: false)
            let document = Document(
                workday: addresses.workday,
                tableau: addresses.tableau,
                config: home.configFile.path,
                counts: campus.counts,
                dirt: campus.dirt.counts
            )
            if shared.json {
                console.result(JSONText.line(document))
            } else {
                let style = console.style
                console.say(DisplayWidth.wrapped(Campus.notice, to: console.window.columns ?? 120).map(style.dim))
                if let faults {
                    console.say(
                        style.dim(
                            "Faults       \(faults), seed \(seed); \(addresses.workday)/sandbox/faults counts them"
                        )
                    )
                }
                console.say("Workday API  \(style.cyan(addresses.workday))")
                console.say("Tableau API  \(style.cyan(addresses.tableau))")
                console.say("In another terminal: lyceum run --config \(PathText.short(home.configFile))")
                console.say("Serving until Ctrl-C.")
            }
            try await console.interruption.waitForEnd()
        }
    }

    private func plan() throws(SandboxError) -> FaultPlan? {
        guard let faults else { return nil }
        return try FaultPlan(parsing: faults, seed: seed)
    }

    private func registrar() throws -> RegistrarLocation? {
        guard let databaseFrom else { return nil }
        guard let uri = ProcessInfo.processInfo.environment[databaseFrom], !uri.isEmpty else {
            throw Failure(
                .configuration,
                code: "badConfiguration",
                message: "the environment variable \(databaseFrom) is not set",
                remedy: "export \(databaseFrom)=postgresql://user:password@host/database"
            )
        }
        return .postgresql(uri: Secret(uri))
    }

    private struct Document: Encodable {
        var workday: String
        var tableau: String
        var config: String
        var counts: [String: Int64]
        var dirt: [DirtCount]
    }
}
