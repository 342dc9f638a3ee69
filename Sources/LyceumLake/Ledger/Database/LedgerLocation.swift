// Where a ledger stands.

import Foundation
import LyceumCore

/// The place of a lake's ledger: a file of its own, or a schema on a PostgreSQL server that several machines share.
public enum LedgerLocation: Sendable, Hashable, CustomStringConvertible {
    /// An SQLite file.
    case file(URL)
    /// A schema on a server: `postgresql://user:password@host:port/database`.
    case postgresql(uri: Secret, schema: String)

    /// The schema of a ledger that names none.
    public static let defaultSchema = "lyceum"

    /// A location from one text: a PostgreSQL URI, or else a path.
    ///
    /// - Parameters:
    ///   - text: `postgresql://…`, `postgres://…` or a path.
    ///   - folder: what a relative path is relative to.
    public init(_ text: Secret, relativeTo folder: URL? = nil) {
        let value = text.reveal()
        if value.hasPrefix("postgresql://") || value.hasPrefix("postgres://") {
            self = .postgresql(uri: text, schema: Self.defaultSchema)
        } else {
            self = .file(URL(filePath: value, relativeTo: folder).absoluteURL)
        }
    }

    /// The place without user, password and options, as messages name it.
    public var description: String {
        switch self {
        case .file(let url): return url.path(percentEncoded: false)
        case .postgresql(let uri, let schema):
            let server = PostgreSQLURI(uri)
            return "postgresql://\(server.authority)/\(server.database), schema \(schema)"
        }
    }
}

/// The parts of a PostgreSQL URI that matter here; everything else is left to the driver.
struct PostgreSQLURI {
    private let text: String
    /// Hosts and ports, without user and password.
    let authority: String
    let database: String
    private let parameters: [String: String]

    init(_ uri: Secret) {
        let text = uri.reveal()
        self.text = text
        let afterScheme = text.range(of: "://").map { text[$0.upperBound...] } ?? text[...]
        let parts = afterScheme.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let address = parts.first ?? ""
        let slash = address.firstIndex(of: "/") ?? address.endIndex
        let login = address[..<slash]
        authority = String(login.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
        database = String(address[slash...].dropFirst())
        var parameters: [String: String] = [:]
        for pair in parts.dropFirst().first?.split(separator: "&") ?? [] {
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            parameters[String(pair[..<equals])] = pair[equals...].dropFirst().removingPercentEncoding ?? ""
        }
        self.parameters = parameters
    }

    /// The hosts' names, without ports.
    private var hosts: [String] {
        if let listed = parameters["host"] ?? parameters["hostaddr"] {
            return listed.split(separator: ",").map(String.init)
        }
        return authority.split(separator: ",").map { host in
            if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
                return String(host[host.index(after: host.startIndex)..<end])
            }
            return String(host.prefix { $0 != ":" })
        }
    }

    /// Whether the connection stays on this machine: loopback or a socket in the file system.
    private var isLocal: Bool {
        hosts.allSatisfy { host in
            host.isEmpty || host == "localhost" || host == "::1" || host.hasPrefix("127.") || host.hasPrefix("/")
        }
    }

    /// The URI to connect with: encrypted unless the server is on this machine, and in a schema.
    ///
    /// - Throws: ``LakeError`` with code `access_denied` for a remote server without TLS.
    func connecting(schema: String) throws -> String {
        var added: [(String, String)] = []
        if !isLocal {
            switch parameters["sslmode"] {
            case nil: added.append(("sslmode", "verify-full"))
            case "require", "verify-ca", "verify-full": break
            case let mode?:
                throw LakeError(
                    .accessDenied,
                    "The ledger's server \(authority) is on another machine, and its URI allows connections without TLS "
                        + "(sslmode=\(mode)). Use sslmode=verify-full, verify-ca or require.",
                    location: authority
                )
            }
        }
        if parameters["connect_timeout"] == nil { added.append(("connect_timeout", "10")) }
        if parameters["application_name"] == nil { added.append(("application_name", "lyceum")) }
        // The server frees the locks of a machine that is gone without a word within half a minute.
        let settings = [
            "search_path=\(schema)", "lock_timeout=30s", "tcp_keepalives_idle=10", "tcp_keepalives_interval=5",
            "tcp_keepalives_count=3", "client_min_messages=warning",
        ]
        let options = [parameters["options"]].compactMap(\.self) + settings.map { "-c \($0)" }
        added.append(("options", options.joined(separator: " ")))
        let kept = Self.without("options", in: text)
        let query = added.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
        return kept + (kept.contains("?") ? "&" : "?") + query
    }

    private static func without(_ name: String, in text: String) -> String {
        guard let mark = text.firstIndex(of: "?") else { return text }
        let pairs = text[mark...].dropFirst().split(separator: "&").filter { !$0.hasPrefix("\(name)=") }
        return text[..<mark] + (pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&"))
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? text
    }

    /// What RFC 3986 leaves as it is everywhere.
    private static let unreserved = CharacterSet(
        charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
    )
}
