// The folder of a demo: its configuration, its secrets, its lake.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSandbox

/// The files that `lyceum demo` and `lyceum sandbox` write for others to use.
struct DemoHome: Sendable {
    /// The folder.
    let root: URL

    /// The configuration.
    var configFile: URL { root.appending(path: "lyceum.yaml") }
    /// The key that the lake's keys are wrapped by.
    private var masterKeyFile: URL { secrets.appending(path: "master_key") }
    private var secrets: URL { root.appending(path: "secrets", directoryHint: .isDirectory) }
    /// Names the campus that the lake was filled from.
    private var loadedFile: URL { root.appending(path: "loaded-campus") }

    init(path: String) {
        root = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
    }

    /// Writes the configuration for a campus and the secrets that it names, each readable by its owner only.
    ///
    /// - Parameters:
    ///   - port: where `lyceum serve` will listen.
    ///   - encrypts: whether a lake that has no master key yet gets one.
    func write(
        campus: Campus,
        addresses: CampusAddresses,
        credentials: CampusCredentials,
        port: Int,
        encrypts: Bool
    ) throws {
        try makeFolder(root)
        try makeFolder(secrets)
        // A lake is opened by the key that its own are wrapped with, so one that is there stays.
        if encrypts, !FileManager.default.fileExists(atPath: masterKeyFile.path) {
            try writeSecret(MasterKeySettings.generate(), to: masterKeyFile)
        }
        try writeSecret(credentials.workdayClientSecret, to: secrets.appending(path: "workday_client_secret"))
        try writeSecret(credentials.workdayRefreshToken, to: secrets.appending(path: "workday_refresh_token"))
        try writeSecret(credentials.workdayReportPassword, to: secrets.appending(path: "workday_report_password"))
        if let key = credentials.workdayPrivateKey {
            try writeSecret(key, to: secrets.appending(path: "workday_private_key"))
        }
        try writeSecret(credentials.tableauTokenSecret, to: secrets.appending(path: "tableau_token_secret"))
        let registrar: String
        switch campus.location.registrar {
        case .embedded(let path):
            registrar = "{type: oracle, driver: duckdb, path: \(Self.quoted(path.path))}"
        case .postgresql(let uri):
            try writeSecret(uri, to: secrets.appending(path: "registrar_uri"))
            registrar = "{type: oracle, driver: postgresql, uri: {file: secrets/registrar_uri}}"
        }
        let text = Self.configuration(
            registrar: registrar,
            addresses: addresses,
            credentials: credentials,
            port: port,
            isEncrypted: FileManager.default.fileExists(atPath: masterKeyFile.path)
        )
        try Data(text.utf8).write(to: configFile, options: .atomic)
    }

    /// Whether the lake was last filled from another campus, which only a full refresh can put right.
    func wasLoaded(fromOtherThan campus: Campus) -> Bool {
        guard let text = try? String(contentsOf: loadedFile, encoding: .utf8) else { return false }
        return text != campus.fingerprint
    }

    /// Notes which campus the lake is filled from.
    func noteLoaded(from campus: Campus) throws {
        try Data(campus.fingerprint.utf8).write(to: loadedFile, options: .atomic)
    }

    /// The configuration's text; secrets are named, not written.
    static func configuration(
        registrar: String,
        addresses: CampusAddresses,
        credentials: CampusCredentials,
        port: Int,
        isEncrypted: Bool
    ) -> String {
        """
        # Written by `lyceum demo` or `lyceum sandbox`, and written anew by each; copy it to keep changes.
        # The sources answer only while one of the two runs.
        lake: lake
        ledger: ledger.sqlite
        index: index
        \(isEncrypted ? "" : "# ")encryption: {master_key: {file: secrets/master_key}}   # of tables with data about people
        server: {host: 127.0.0.1, port: \(port), keys: access/keys.json}
        sources:
          registrar: \(registrar)
          workday:
            type: workday
            host: \(addresses.workday)
            tenant: \(quoted(credentials.tenant))
            client_id: \(quoted(credentials.workdayClientID))
            client_secret: {file: secrets/workday_client_secret}
            refresh_token: {file: secrets/workday_refresh_token}
            requests_per_second: 500      # our own machine; Workday's own limits are far lower
            concurrency: 8
            # Also to try: pay and deadlines from a report; the JWT grant in place of the two secrets.
            # report_user: \(quoted(credentials.workdayReportUser))
            # report_password: {file: secrets/workday_report_password}
            # resources: {job_posting_terms: {report: \(credentials.workdayReportUser)/Job_Posting_Terms}}
            # grant: jwt_bearer
            # subject: \(quoted(credentials.workdayReportUser))
            # private_key: {file: secrets/workday_private_key}
          tableau:
            type: tableau
            server: \(addresses.tableau)
            site: \(quoted(credentials.tableauSite))
            token_name: \(quoted(credentials.tableauTokenName))
            token_secret: {file: secrets/tableau_token_secret}

        """
    }

    /// A YAML string in double quotes.
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    private func makeFolder(_ url: URL) throws {
        try FileManager.default.createDirectory(
            at: url,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    private func writeSecret(_ secret: Secret, to url: URL) throws {
        // Made unreadable to others before the secret goes in, not after.
        let manager = FileManager.default
        if manager.fileExists(atPath: url.path) { try manager.removeItem(at: url) }
        guard manager.createFile(atPath: url.path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw Failure(code: "files", message: "cannot write a secret file", location: url.path)
        }
        let handle = try FileHandle(forWritingTo: url)
        defer { try? handle.close() }
        try handle.write(contentsOf: Data(secret.reveal().utf8))
    }
}

/// Where the campus's two web interfaces listen.
struct CampusAddresses: Sendable {
    var workday: String
    var tableau: String
}
