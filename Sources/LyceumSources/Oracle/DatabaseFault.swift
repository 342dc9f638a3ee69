// What a database's errors mean and what to do about them.

import ADBC

/// Classifies errors of the ADBC layer.
enum DatabaseFault {
    private struct Meaning {
        var code: SourceError.Code
        var advice: String
        var isRetryable: Bool?
    }

    /// The error as a ``SourceError`` with advice.
    static func sourceError(_ error: any Error, doing: String, location: String) -> any Error {
        guard let error = error as? ADBCError else { return error }
        let meaning = meaning(of: error)
        return SourceError(
            meaning.code,
            "\(doing): \(error.message)" + (meaning.advice.isEmpty ? "" : " — \(meaning.advice)"),
            location: location,
            isRetryable: meaning.isRetryable,
            cause: error
        )
    }

    /// An error's class in short, without the database's text.
    static func summary(_ error: any Error) -> String {
        guard let error = error as? ADBCError else { return "\(type(of: error))" }
        if let number = oracleNumber(of: error) { return String(format: "ORA-%05d", number) }
        return error.sqlState.map { "SQLSTATE \($0)" } ?? error.code.rawValue
    }

    private static func meaning(of error: ADBCError) -> Meaning {
        switch error.code {
        case .driverNotFound, .notADriver, .missingDependency:
            return Meaning(code: .missingComponent, advice: "")
        default: break
        }
        if let number = oracleNumber(of: error), let meaning = oracle[number] { return meaning }
        if let state = error.sqlState, let meaning = sqlState(state) { return meaning }
        return byText(error)
    }

    // MARK: Oracle

    /// The number of `ORA-01017`, from the driver or out of the text.
    private static func oracleNumber(of error: ADBCError) -> Int? {
        if let match = error.message.firstMatch(of: /ORA-([0-9]{5})/) { return Int(match.1) }
        return error.location?.contains("oracle") == true && error.vendorCode > 0 ? Int(error.vendorCode) : nil
    }

    private static let oracle: [Int: Meaning] = [
        28: Meaning(code: .interrupted, advice: "the session was killed by an administrator"),
        904: Meaning(code: .schema, advice: "a column is missing; compare the table with the configuration"),
        942: Meaning(
            code: .schema,
            advice: "the table is not there or not granted: GRANT SELECT on it to the account, or correct 'from'"
        ),
        1013: Meaning(code: .interrupted, advice: "the statement was cancelled"),
        1017: Meaning(code: .unauthorized, advice: "check user and password"),
        1031: Meaning(
            code: .forbidden,
            advice: "the account lacks a privilege: GRANT SELECT (and FLASHBACK) on the table"
        ),
        1033: Meaning(code: .unreachable, advice: "the database is starting or stopping"),
        1034: Meaning(code: .unreachable, advice: "the database is not running"),
        1089: Meaning(code: .unreachable, advice: "the database is being shut down"),
        1466: Meaning(
            code: .interrupted,
            advice: "the table's definition was changed while it was being read; it is read again"
        ),
        1555: Meaning(
            code: .interrupted,
            advice: "the snapshot is too old: extract with more connections, or raise UNDO_RETENTION"
        ),
        3113: Meaning(code: .interrupted, advice: "the server ended the connection"),
        3114: Meaning(code: .interrupted, advice: "the connection is gone"),
        3135: Meaning(code: .interrupted, advice: "the connection is gone"),
        8181: Meaning(
            code: .interrupted,
            advice: "the moment that is read has left the undo; extract with more connections, or raise UNDO_RETENTION"
        ),
        12170: Meaning(code: .unreachable, advice: "no answer in time; check host, port and firewall"),
        12505: Meaning(
            code: .unreachable,
            advice: "the listener does not know the SID; use the service name",
            isRetryable: true
        ),
        12514: Meaning(
            code: .unreachable,
            advice: "the listener does not know the service (yet); check the service name"
        ),
        12518: Meaning(code: .unreachable, advice: "the listener is busy"),
        12541: Meaning(code: .unreachable, advice: "nothing listens there; check host and port"),
        28000: Meaning(code: .unauthorized, advice: "the account is locked"),
        28001: Meaning(code: .unauthorized, advice: "the password has expired"),
    ]

    // MARK: SQLSTATE

    private static func sqlState(_ state: String) -> Meaning? {
        switch state {
        case "42P01": Meaning(code: .schema, advice: "the table is not there; correct 'from' or 'schema'")
        case "3F000": Meaning(code: .schema, advice: "the schema is not there; correct 'schema'")
        case "42703": Meaning(code: .schema, advice: "a column is missing; compare the table with the configuration")
        case "42501": Meaning(code: .forbidden, advice: "GRANT SELECT on the table to the account")
        case "3D000": Meaning(code: .notFound, advice: "the database is not there; check the URI")
        case "53300": Meaning(code: .unreachable, advice: "the server has no free connection; lower 'connections'")
        case "57P01", "57P02": Meaning(code: .interrupted, advice: "the server ended the connection")
        case "57P03": Meaning(code: .unreachable, advice: "the server is starting or stopping")
        case "57014": Meaning(code: .interrupted, advice: "the statement was cancelled or ran into its time limit")
        case "40001", "72000": Meaning(code: .interrupted, advice: "the snapshot could not be kept")
        case let state where state.hasPrefix("28"): Meaning(code: .unauthorized, advice: "check user and password")
        case let state where state.hasPrefix("08"): Meaning(code: .interrupted, advice: "the connection is gone")
        case let state where state.hasPrefix("42"): Meaning(code: .rejected, advice: "")
        case let state where state.hasPrefix("53"):
            Meaning(code: .serverFailure, advice: "the server is out of resources")
        default: nil
        }
    }

    // MARK: By text, for drivers that give no code

    private static func byText(_ error: ADBCError) -> Meaning {
        let text = error.message.lowercased()
        func says(_ phrases: String...) -> Bool { phrases.contains { text.contains($0) } }
        if says("could not set lock", "conflicting lock") {
            return Meaning(
                code: .unreachable,
                advice: "another process has the file open for writing; stop it, or read a copy"
            )
        }
        if says("password authentication failed", "no password supplied", "does not exist\n")
            || error.code == .unauthenticated
        {
            return Meaning(code: .unauthorized, advice: "check user and password")
        }
        if says(
            "connection refused",
            "could not connect",
            "cannot connect",
            "could not translate host",
            "no such host",
            "timeout expired",
            "no route to host",
            "connection to server"
        ) {
            return Meaning(code: .unreachable, advice: "check host and port, and that the database is running")
        }
        if says("cannot open file", "cannot open database", "does not exist in read-only mode", "no such file") {
            return Meaning(code: .notFound, advice: "check the path", isRetryable: false)
        }
        if says("not a valid duckdb database", "is not a duckdb database", "serialization error") {
            return Meaning(code: .malformed, advice: "the file is no DuckDB database of a version that can be read")
        }
        if says("catalog error", "binder error") || error.code == .notFound {
            return Meaning(code: .schema, advice: "a table or column is missing; compare with the configuration")
        }
        if error.breaksConnection || error.code == .io {
            return Meaning(code: .interrupted, advice: "the connection broke while it was being read")
        }
        if error.code == .timeout { return Meaning(code: .timeout, advice: "") }
        if error.code == .unauthorized {
            return Meaning(code: .forbidden, advice: "GRANT SELECT on the table to the account")
        }
        if error.code == .internal { return Meaning(code: .serverFailure, advice: "") }
        return Meaning(code: .rejected, advice: "")
    }
}
