// An Apache Spark for tests, in one process or as a cluster whose workers a test can kill.

import Foundation

/// A Spark Connect server that stops with the test process, or by its own pid before.
public struct SparkServer: Sendable {
    /// What the script printed.
    public let server: ScriptServer

    /// Where it is reached: `sc://127.0.0.1:…`, without the token.
    public var uri: String { get throws { try server.uri } }

    /// What clients show it.
    public var token: String { get throws { try server["token"] } }

    /// A folder that goes with the server; its subfolders are the test's own to fill.
    public var folder: URL { get throws { URL(filePath: try server["folder"], directoryHint: .isDirectory) } }

    /// The address of the web pages and their REST interface. There is none without `ui`.
    public var ui: String { get throws { try server["ui"] } }

    /// The workers' processes, in a cluster. Each has one child, its executor.
    public var workers: [Int32] {
        get throws {
            let text = try server["worker_pids"]
            let pids = text.split(separator: ",").compactMap { Int32($0) }
            guard !pids.isEmpty else { throw ScriptServer.NotStarted(description: "worker_pids is '\(text)'") }
            return pids
        }
    }

    /// Starts Spark with its Connect server: about ten seconds, or half a minute for a cluster.
    ///
    /// - Parameters:
    ///   - workers: how many worker processes; with 0, all runs in the server's own process.
    ///   - cores: of the server's process, or of each worker.
    ///   - memory: the heap of the server's process, or of each worker's executor: `2g`, `512m`.
    ///   - jars: JDBC drivers and the like, by path.
    ///   - settings: Spark's settings by name.
    ///   - ui: whether to serve the web pages.
    ///   - former: a server that is gone, for one at its address that takes its token: what a restart is.
    /// - Throws: ``ScriptServer/NotStarted``, which says how to install what is missing.
    public static func start(
        workers: Int = 0,
        cores: Int? = nil,
        memory: String? = nil,
        jars: [String] = [],
        settings: [String: String] = [:],
        ui: Bool = false,
        inPlaceOf former: SparkServer? = nil
    ) throws -> SparkServer {
        var arguments = ["--workers", "\(workers)"]
        if let cores { arguments += ["--cores", "\(cores)"] }
        if let memory { arguments += ["--memory", memory] }
        for jar in jars { arguments += ["--jars", jar] }
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) { arguments += ["--conf", "\(name)=\(value)"] }
        if ui { arguments.append("--ui") }
        guard let former else { return SparkServer(server: try ScriptServer.start("start-spark", arguments)) }
        let port = try former.uri.split(separator: ":").last ?? ""
        return SparkServer(
            server: try ScriptServer.start(
                "start-spark",
                arguments + ["--conf", "spark.connect.grpc.binding.port=\(port)"],
                environment: ["SPARK_CONNECT_AUTHENTICATE_TOKEN": try former.token]
            )
        )
    }

    /// PostgreSQL's JDBC driver, where Debian puts it.
    ///
    /// - Throws: ``ScriptServer/NotStarted`` if it is not installed.
    public static func postgresDriver() throws -> String {
        let path = "/usr/share/java/postgresql.jar"
        guard FileManager.default.fileExists(atPath: path) else {
            throw ScriptServer.NotStarted(
                description: "no \(path); run scripts/setup --spark, or apt-get install libpostgresql-jdbc-java"
            )
        }
        return path
    }

    /// Kills a worker without a word, as a machine is lost. Its executor ends by itself within seconds.
    ///
    /// - Parameter index: which of ``workers``.
    /// - Throws: if there is no cluster.
    public func killWorker(_ index: Int) throws {
        Foundation.kill(try workers[index], SIGKILL)
    }

    /// Kills the server without a word, as a driver's machine is lost. In a cluster the other processes end by themselves.
    public func kill() throws {
        Foundation.kill(try server.pid, SIGKILL)
    }

    /// Stops all of it before the test process ends.
    public func stop() { server.stop() }
}
