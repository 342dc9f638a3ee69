// Tableau's Hyper, started for one extract: the engine that reads `.hyper` files.

import ADBC
import Foundation
import LyceumCore
import NIOCore
import NIOPosix

/// A running `hyperd` that only this user can reach, and that ends with this process.
///
/// It listens on a socket in a private folder and speaks PostgreSQL's protocol. It also opens a connection back to us
/// and ends when that breaks, so that it outlives neither its use nor a crash of ours.
actor HyperServer {
    /// The folder of its sockets and logs.
    let folder: String
    private let process: Process
    private let listener: any Channel
    private let callback: any Channel

    private static let user = "tableau_internal_user"
    private static let port = 5432
    private static let startLimit = TimeAmount.seconds(30)

    // MARK: Finding

    /// The path of `hyperd`.
    ///
    /// Looked for in this order: the configuration, `LYCEUM_HYPER`, `hyper/hyperd` beside the drivers (`LYCEUM_DRIVERS`,
    /// and `.lyceum/drivers` of the working folder and those above it), `PATH`.
    ///
    /// - Throws: ``SourceError`` with code `missingComponent` that says how to get it.
    static func find(_ configured: String?) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        func isProgram(_ path: String) -> Bool {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
                && FileManager.default.isExecutableFile(atPath: path)
        }
        if let named = configured ?? environment["LYCEUM_HYPER"], !named.isEmpty {
            guard isProgram(named) else {
                throw SourceError(
                    .missingComponent,
                    "There is no program at the path that 'hyper' or LYCEUM_HYPER names.",
                    location: named
                )
            }
            return named
        }
        var places: [String] = []
        if let drivers = environment["LYCEUM_DRIVERS"], !drivers.isEmpty { places.append(drivers + "/hyper") }
        var above = FileManager.default.currentDirectoryPath
        while true {
            places.append(above + (above.hasSuffix("/") ? "" : "/") + ".lyceum/drivers/hyper")
            guard above != "/", let slash = above.lastIndex(of: "/") else { break }
            above = slash == above.startIndex ? "/" : String(above[..<slash])
        }
        places += (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard let found = places.map({ $0 + "/hyperd" }).first(where: isProgram) else {
            throw SourceError(
                .missingComponent,
                "Tableau's Hyper is not installed, which reads extracts. Its program hyperd comes with Tableau's Hyper API "
                    + "(on PyPI: tableauhyperapi; scripts/setup --hyper fetches it). Name it in "
                    + "'hyper' or LYCEUM_HYPER; or read the data source with 'read: query'."
            )
        }
        return found
    }

    // MARK: Life

    /// Starts a server.
    ///
    /// - Throws: ``SourceError`` with code `missingComponent` if it does not start.
    static func start(_ program: String) async throws -> HyperServer {
        // The path of a socket has at most 107 bytes, so the folder's name is short.
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("lyh-" + UUID().uuidString.prefix(8).lowercased()).path
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw SourceError(.configuration, "The temporary folder cannot be made.", location: folder, cause: error)
        }
        do {
            return try await start(program, in: folder)
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error is CancellationError
                ? error
                : SourceError(
                    .missingComponent,
                    "Hyper does not start: \(error). Is it whole, and made for this machine?",
                    location: program,
                    cause: error
                )
        }
    }

    private static func start(_ program: String, in folder: String) async throws -> HyperServer {
        let group = MultiThreadedEventLoopGroup.singleton
        let called = group.any().makePromise(of: (any Channel).self)
        let listener: any Channel
        do {
            listener = try await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    // Hyper calls back once it listens; that it says where is nothing new.
                    called.succeed(channel)
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
                .bind(unixDomainSocketPath: folder + "/callback").get()
        } catch {
            called.fail(error)
            throw error
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.arguments = [
            "run", "--callback-connection=tab.domain://\(folder)/domain/callback",
            "--listen-connection=tab.domain://\(folder)/domain/.s.PGSQL.\(port)", "--init-user=\(user)",
            // The socket's folder is closed to others, which is better than a password on an open port.
            "--no-password=true", "--skip-license=true", "--log-config=", "--log-dir=\(folder)",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        do {
            process.terminationHandler = { ended in
                called.fail(SourceError(.missingComponent, "it ended with status \(ended.terminationStatus)"))
            }
            try runUnblocked(process)
            let deadline = group.any().scheduleTask(in: startLimit) {
                called.fail(SourceError(.timeout, "it was not ready after 30 s"))
            }
            let callback = try await called.futureResult.get()
            deadline.cancel()
            return HyperServer(folder: folder, process: process, listener: listener, callback: callback)
        } catch {
            called.fail(error)
            if process.isRunning { process.terminate() }
            try? await listener.close()
            throw error
        }
    }

    /// Starts a process with no signal blocked, as from a shell. A child inherits the mask of the thread that starts it, our
    /// worker threads block almost all, and with these blocked Hyper never ends.
    private static func runUnblocked(_ process: Process) throws {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    private init(folder: String, process: Process, listener: any Channel, callback: any Channel) {
        self.folder = folder
        self.process = process
        self.listener = listener
        self.callback = callback
    }

    /// Ends the server and removes its folder.
    func stop() async {
        try? await callback.close()
        try? await listener.close()
        // Hyper ends when the callback's connection does; the signal is for one that hangs.
        for _ in 0..<100 where process.isRunning { try? await Task.sleep(for: .milliseconds(50)) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The number of its process.
    var pid: Int32 { process.processIdentifier }

    // MARK: Queries

    /// Connects, through PostgreSQL's driver.
    func connect() async throws -> Connection {
        let database = try await Database.open(
            driver: try Driver.load("postgresql"),
            options: ["uri": "postgresql://\(Self.user)@/?host=\(FormEncoding.escape(folder))&port=\(Self.port)"],
            errorsQuoteValues: false
        )
        return try await database.connect()
    }
}
