// A connection to PostgreSQL for reading rows by COPY, the fastest way out of it.

import Arrow
import Foundation
import Synchronization

/// A connection that reads queries by `COPY … TO STDOUT (FORMAT binary)` and decodes them into batches itself.
///
/// The ADBC driver reads by COPY too. Its published builds spend three times the processor time on a value, know no
/// decimals, and make nonsense of infinite dates; so rows come this way, and everything else goes through the driver.
///
/// Work on a connection is serialised, on a thread of its own. A cancelled task cancels what the server is doing for it.
///
/// `@unchecked Sendable`: the handle is used on the connection's thread only; the rest is immutable or locked.
public final class CopyConnection: @unchecked Sendable {
    /// What errors of such connections give as their location.
    public static let location = "postgresql"

    let thread = SerialThread(label: "postgresql.copy")
    let library: ClientLibrary
    private let redaction: Redaction
    private let state = Mutex(State())

    private struct State {
        var session: Session?
        var isBroken = false
    }

    /// `@unchecked Sendable`: libpq's handles; `cancel` may be used from any thread, `handle` from the connection's own.
    private struct Session: @unchecked Sendable {
        let handle: ClientLibrary.Handle
        let cancel: ClientLibrary.Handle?
    }

    private init(_ library: ClientLibrary, _ redaction: Redaction) {
        self.library = library
        self.redaction = redaction
    }

    /// Connects.
    ///
    /// - Parameters:
    ///   - uri: as libpq takes it, `postgresql://user:password@host/database?sslmode=…`.
    ///   - errorsQuoteValues: whether an error about the data may quote it; see ``Database``.
    /// - Throws: ``ADBCError`` of the server, passwords struck out; code `missingDependency` without libpq.
    public static func open(uri: String, errorsQuoteValues: Bool = true) async throws -> CopyConnection {
        let redaction = Redaction(options: ["uri": uri], quotesValues: errorsQuoteValues)
        let connection = CopyConnection(try ClientLibrary.load(), redaction)
        try await connection.thread.run { try connection.connect(uri) }
        return connection
    }

    private func connect(_ uri: String) throws(ADBCError) {
        guard let handle = library.connect(uri) else {
            throw ADBCError(.internal, "connecting: out of memory", location: Self.location)
        }
        // Texts are sent in the client's encoding, whatever the database's is.
        guard library.status(handle) == 0, library.setEncoding(handle, "UTF8") == 0 else {
            let text = message(of: handle)
            library.finish(handle)
            throw ADBCError(.io, "connecting: \(text)", location: Self.location)
        }
        let session = Session(handle: handle, cancel: library.getCancel(handle))
        state.withLock { $0.session = session }
    }

    deinit { release() }

    /// Closes the connection once its running work has ended; results that are still open end in an error.
    public func close() async {
        _ = try? await thread.run { [self] in release() }
    }

    private func release() {
        let session = state.withLock { state in
            defer { state.session = nil }
            return state.session
        }
        guard let session else { return }
        if let cancel = session.cancel { library.freeCancel(cancel) }
        library.finish(session.handle)
    }

    /// Whether the connection is of no more use: it failed, or a result was dropped before its end.
    public var isBroken: Bool { state.withLock { $0.isBroken || $0.session == nil } }

    func abandon() { state.withLock { $0.isBroken = true } }

    // MARK: Statements

    /// Runs a statement for its effect.
    ///
    /// - Throws: ``ADBCError`` of the server; `CancellationError`.
    public func execute(_ sql: String) async throws {
        _ = try await firstText(sql)
    }

    /// The first column of a query's first row as text; nil for NULL and without rows.
    public func firstText(_ sql: String) async throws -> String? {
        try await cancellable { [self] in
            let result = try run(sql, expecting: [ClientLibrary.commandDone, ClientLibrary.rowsDone])
            defer { library.clear(result) }
            guard library.rowCount(result) > 0, library.isNull(result, 0, 0) == 0 else { return nil }
            return library.value(result, 0, 0).map { String(cString: $0) }
        }
    }

    /// Reads a query.
    ///
    /// - Parameters:
    ///   - query: a SELECT, whose values are sent as PostgreSQL's binary formats have them.
    ///   - schema: its columns, each of a type that ``CopyDecoder/canDecode(_:)`` knows and that fits the query's own.
    ///   - watch: keeps the greatest value of one column.
    /// - Throws: ``ADBCError`` of the server, and while reading, with code `invalidData`, for a value that does not fit
    ///   its column's type; `CancellationError`.
    public func copy(_ query: String, schema: Schema, watch: GreatestValue? = nil) async throws -> RecordBatchStream {
        try await cancellable { [self] in
            let decoder = try CopyDecoder(schema, watch: watch)
            library.clear(try run("COPY (\(query)) TO STDOUT (FORMAT binary)", expecting: [ClientLibrary.copyOut]))
            return RecordBatchStream(CopyStream(connection: self, decoder: decoder))
        }
    }

    /// Reads rows until the decoder's batch is full; false if there are no more. On the connection's thread.
    func read(into decoder: CopyDecoder) throws(ADBCError) -> Bool {
        let handle = try usable()
        while !decoder.isFull {
            var row: ClientLibrary.Row?
            let length = library.copyRow(handle, &row, 0)
            guard length >= 0, let row else {
                guard length == -1 else { throw broken(handle) }
                // The copy has ended well only if its result says so.
                while let result = library.getResult(handle) {
                    defer { library.clear(result) }
                    if library.resultStatus(result) != ClientLibrary.commandDone { throw error(of: result, handle) }
                }
                return false
            }
            defer { library.free(row) }
            try decoder.append(UnsafeRawBufferPointer(start: row, count: Int(length)))
        }
        return true
    }

    /// The error after a row could not be had; the server's own, if it sent one.
    private func broken(_ handle: ClientLibrary.Handle) -> ADBCError {
        var found: ADBCError?
        while let result = library.getResult(handle) {
            if found == nil { found = error(of: result, handle) }
            library.clear(result)
            if library.status(handle) != 0 { break }
        }
        return found ?? error(of: nil, handle)
    }

    private func run(_ sql: String, expecting wanted: [CInt]) throws(ADBCError) -> ClientLibrary.Handle {
        let handle = try usable()
        let result = library.execute(handle, sql)
        guard let result, wanted.contains(library.resultStatus(result)) else {
            let error = error(of: result, handle)
            if let result { library.clear(result) }
            throw error
        }
        return result
    }

    private func usable() throws(ADBCError) -> ClientLibrary.Handle {
        guard let session = state.withLock({ $0.isBroken ? nil : $0.session }) else {
            throw ADBCError(.invalidState, "the connection has been closed", location: Self.location)
        }
        return session.handle
    }

    private func error(of result: ClientLibrary.Handle?, _ handle: ClientLibrary.Handle) -> ADBCError {
        func field(_ code: UInt8) -> String? {
            result.flatMap { library.resultField($0, CInt(code)) }.map { String(cString: $0) }
        }
        // The fields of `PQresultErrorField` by the letters of the protocol: the SQLSTATE, and the message without the row.
        let text = field(UInt8(ascii: "M")).map(redaction.apply) ?? message(of: handle)
        let isGone = library.status(handle) != 0
        let state = field(UInt8(ascii: "C"))
        let error = ADBCError(
            isGone ? .io : .unknown,
            state.map { ADBCError.isAboutData(.notFound, $0) } == true ? redaction.applyToData(text) : text,
            sqlState: state,
            location: Self.location
        )
        if isGone || error.breaksConnection { abandon() }
        return error
    }

    private func message(of handle: ClientLibrary.Handle) -> String {
        let text = library.errorMessage(handle).map { redaction.apply(String(cString: $0)) } ?? ""
        return text.isEmpty ? "the server gives no reason" : text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: Cancelling

    /// Runs `body` on the connection's thread; a cancel of the task reaches the server.
    func cancellable<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        let cancellation = Cancellation { [self] in requestCancel() }
        return try await withTaskCancellationHandler {
            try await thread.run { try cancellation.run(body) }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// Asks the server to stop, over a connection of its own; from any thread.
    @discardableResult
    func requestCancel() -> Bool {
        state.withLock { state in
            guard let cancel = state.session?.cancel else { return false }
            var text = [CChar](repeating: 0, count: 256)
            // A server that cannot be reached ends the read by itself.
            _ = library.cancel(cancel, &text, 256)
            return true
        }
    }
}
