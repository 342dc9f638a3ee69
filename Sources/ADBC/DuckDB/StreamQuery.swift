// DuckDB's own C functions, for the one thing that ADBC cannot say: a statement that reads a stream as a table.

import Arrow
import CArrow
import Synchronization

/// A DuckDB in memory that runs statements over streams of other databases, such as `COPY (SELECT … FROM stream) TO file`.
///
/// ADBC hands a stream to DuckDB only for ingesting it into a table. Here the rows pass through the statement batch by
/// batch and stay nowhere, so memory does not grow with them. Uses `duckdb_arrow_scan` of DuckDB's C interface.
///
/// Safe to use from several tasks: each statement has a connection and a thread of its own.
///
/// `@unchecked Sendable`: the handle is set by init and released by deinit; DuckDB's databases may be used by threads.
public final class StreamDatabase: @unchecked Sendable {
    private let functions: DuckDBFunctions
    private let driver: Driver
    private let handle: OpaquePointer
    private let settings: [String]
    private let names = Atomic<Int>(0)

    /// Opens an empty database in memory.
    ///
    /// - Parameters:
    ///   - driver: DuckDB's.
    ///   - settings: statements to run first, such as `SET memory_limit = '1GB'`.
    /// - Throws: ``ADBCError`` with code `notImplemented` if the library is another or lacks the C interface.
    public init(driver: Driver, settings: [String] = []) throws(ADBCError) {
        guard driver.isDuckDB else {
            throw ADBCError(.notImplemented, "only DuckDB runs statements over streams", location: driver.name)
        }
        functions = try DuckDBFunctions(driver)
        self.driver = driver
        self.settings = settings
        var database: OpaquePointer?
        guard functions.open(nil, &database) == 0, let database else {
            throw ADBCError(.internal, "DuckDB does not open a database in memory", location: driver.name)
        }
        handle = database
        do {
            let connection = try StreamConnection(functions, database, driver)
            for setting in settings { try connection.run(setting) }
            // DuckDB would leave filters and the choice of columns to the stream, which knows of neither.
            try connection.run("SET disabled_optimizers = 'filter_pushdown,unused_columns'")
        } catch {
            var database: OpaquePointer? = database
            functions.close(&database)
            throw error
        }
    }

    deinit {
        var database: OpaquePointer? = handle
        functions.close(&database)
    }

    /// Runs a statement that needs no stream, such as a setting.
    public func execute(_ statement: String) throws(ADBCError) {
        try StreamConnection(functions, handle, driver).run(statement)
    }

    /// Runs a statement over a stream, which is read once, to its end.
    ///
    /// - Parameters:
    ///   - stream: the result of a query of any driver.
    ///   - statement: makes the statement from the name, quoted, under which the stream is a table.
    /// - Returns: how many rows the statement wrote.
    /// - Throws: ``ADBCError`` of DuckDB or of the stream's own database; `CancellationError`.
    public func run(
        over stream: RecordBatchStream,
        _ statement: @escaping @Sendable (_ table: String) -> String
    ) async throws -> Int64 {
        try Task.checkCancellation()
        let name = "stream_\(names.add(1, ordering: .relaxed).newValue)"
        let connection = try StreamConnection(functions, handle, driver)
        let thread = SerialThread(label: "duckdb-\(name)")
        let failure = StreamFailure()
        do {
            return try await withTaskCancellationHandler {
                try await thread.run {
                    let arrow = stream.source.handOver(recording: failure)
                    try connection.scan(arrow, as: name)
                    // A view that stays would only be a name that nobody asks for again.
                    defer { _ = try? connection.run("DROP VIEW IF EXISTS \(name)") }
                    let rows = try connection.run(statement(name))
                    // DuckDB reports a stream's error as text; one that it let pass must not pass for success.
                    if let error = failure.error { throw error }
                    return rows
                }
            } onCancel: {
                connection.interrupt()
            }
        } catch {
            if Task.isCancelled { throw CancellationError() }
            throw failure.error ?? error
        }
    }
}

/// One connection of the C interface.
///
/// `@unchecked Sendable`: used by one thread at a time, but for `interrupt`, which DuckDB allows from any.
private final class StreamConnection: @unchecked Sendable {
    private let functions: DuckDBFunctions
    private let driver: Driver
    private let handle: OpaquePointer

    init(_ functions: DuckDBFunctions, _ database: OpaquePointer, _ driver: Driver) throws(ADBCError) {
        var connection: OpaquePointer?
        guard functions.connect(database, &connection) == 0, let connection else {
            throw ADBCError(.internal, "DuckDB does not connect to its own database", location: driver.name)
        }
        self.functions = functions
        self.driver = driver
        handle = connection
    }

    deinit {
        var connection: OpaquePointer? = handle
        functions.disconnect(&connection)
    }

    private let isInterrupted = Atomic<Bool>(false)

    func interrupt() {
        isInterrupted.store(true, ordering: .releasing)
        functions.interrupt(handle)
    }

    /// Makes a view of the stream, which has to live as long as the view is used.
    func scan(_ stream: ArrowStream, as name: String) throws(ADBCError) {
        guard functions.arrowScan(handle, name, UnsafeMutableRawPointer(stream.pointer)) == 0 else {
            throw ADBCError(.internal, "DuckDB cannot read the stream's columns", location: driver.name)
        }
        streams.append(stream)
    }

    private var streams: [ArrowStream] = []

    @discardableResult
    func run(_ sql: String) throws(ADBCError) -> Int64 {
        // One that came before the statement would be forgotten.
        if isInterrupted.load(ordering: .acquiring) {
            throw ADBCError(.cancelled, "the statement was cancelled", location: driver.name)
        }
        var result = DuckDBResult()
        let status = functions.query(handle, sql, &result)
        defer { functions.destroyResult(&result) }
        guard status == 0 else {
            let reason = functions.resultError(&result).map { String(cString: $0) } ?? "without a message"
            let code = ADBCError.Code(duckDBMessage: reason) ?? .invalidArgument
            // Whoever runs statements over streams has not written them, and no use for the values that failed.
            let text = ADBCError.isAboutData(code, nil) ? Redaction.withoutValues(reason) : reason
            throw ADBCError(code, "running the statement: \(text)", location: driver.name)
        }
        return Int64(clamping: functions.rowsChanged(&result))
    }
}

/// `duckdb_result` of DuckDB's C interface: six words that its functions fill and read.
private struct DuckDBResult {
    var words: (UInt, UInt, UInt, UInt, UInt, UInt) = (0, 0, 0, 0, 0, 0)
}

/// The functions of DuckDB's C interface that are used here, by the names of `duckdb.h`. A state of 0 is success.
private struct DuckDBFunctions: Sendable {
    typealias Handle = UnsafeMutablePointer<OpaquePointer?>
    typealias Result = UnsafeMutableRawPointer
    typealias OpenFunction = @convention(c) @Sendable (UnsafePointer<CChar>?, Handle) -> CInt
    typealias CloseFunction = @convention(c) @Sendable (Handle) -> Void
    typealias ConnectFunction = @convention(c) @Sendable (OpaquePointer, Handle) -> CInt
    typealias DisconnectFunction = @convention(c) @Sendable (Handle) -> Void
    typealias InterruptFunction = @convention(c) @Sendable (OpaquePointer) -> Void
    typealias QueryFunction = @convention(c) @Sendable (OpaquePointer, UnsafePointer<CChar>, Result) -> CInt
    typealias DestroyResultFunction = @convention(c) @Sendable (Result) -> Void
    typealias ResultErrorFunction = @convention(c) @Sendable (Result) -> UnsafePointer<CChar>?
    typealias RowsChangedFunction = @convention(c) @Sendable (Result) -> UInt64
    typealias ArrowScanFunction =
        @convention(c) @Sendable (OpaquePointer, UnsafePointer<CChar>, UnsafeMutableRawPointer) -> CInt

    let open: OpenFunction
    let close: CloseFunction
    let connect: ConnectFunction
    let disconnect: DisconnectFunction
    let interrupt: InterruptFunction
    let query: QueryFunction
    let destroyResult: DestroyResultFunction
    let resultError: ResultErrorFunction
    let rowsChanged: RowsChangedFunction
    let arrowScan: ArrowScanFunction

    init(_ driver: Driver) throws(ADBCError) {
        open = try driver.function("duckdb_open", as: OpenFunction.self)
        close = try driver.function("duckdb_close", as: CloseFunction.self)
        connect = try driver.function("duckdb_connect", as: ConnectFunction.self)
        disconnect = try driver.function("duckdb_disconnect", as: DisconnectFunction.self)
        interrupt = try driver.function("duckdb_interrupt", as: InterruptFunction.self)
        query = try driver.function("duckdb_query", as: QueryFunction.self)
        destroyResult = try driver.function("duckdb_destroy_result", as: DestroyResultFunction.self)
        resultError = try driver.function("duckdb_result_error", as: ResultErrorFunction.self)
        rowsChanged = try driver.function("duckdb_rows_changed", as: RowsChangedFunction.self)
        arrowScan = try driver.function("duckdb_arrow_scan", as: ArrowScanFunction.self)
    }
}
