// One statement handle of a driver, with the part that other threads may touch: cancel.

import Arrow
import CArrow
import Synchronization

/// A statement of a connection.
///
/// `@unchecked Sendable`: everything but ``cancel()`` and ``release()`` is called on the connection's own thread only,
/// and those two take `state`.
final class Statement: @unchecked Sendable {
    private let driver: Driver
    private let redaction: Redaction
    private let handle: UnsafeMutablePointer<AdbcStatement>
    /// Whether the driver knows the handle. Held while cancelling, so that a statement is not released meanwhile.
    private let state = Mutex<Bool>(false)

    /// Creates a statement that is not open yet, and so cannot yet be cancelled.
    init(driver: Driver, redaction: Redaction) {
        self.driver = driver
        self.redaction = redaction
        handle = .allocate(capacity: 1)
        handle.initialize(to: AdbcStatement())
    }

    func open(_ connection: UnsafeMutablePointer<AdbcConnection>) throws(ADBCError) {
        try call("creating a statement") { driver.table.pointee.StatementNew(connection, handle, $0) }
        state.withLock { $0 = true }
    }

    func setOption(_ key: String, _ value: String) throws(ADBCError) {
        let function = try driver.unwrap(driver.table.pointee.StatementSetOption, "StatementSetOption")
        try call("setting the statement option \"\(key)\"") { function(handle, key, value, $0) }
    }

    func setQuery(_ sql: String) throws(ADBCError) {
        try call("reading the statement") { driver.table.pointee.StatementSetSqlQuery(handle, sql, $0) }
    }

    func prepare() throws(ADBCError) {
        let function = try driver.unwrap(driver.table.pointee.StatementPrepare, "StatementPrepare")
        try call("preparing the statement") { function(handle, $0) }
    }

    func bind(_ batch: RecordBatch) throws(ADBCError) {
        let function = try driver.unwrap(driver.table.pointee.StatementBind, "StatementBind")
        var array = ArrowArray()
        var schema = ArrowSchema()
        batch.export(to: &array)
        batch.schema.export(to: &schema)
        // The driver moves out what it takes; what it leaves is ours to release.
        defer {
            array.release?(&array)
            schema.release?(&schema)
        }
        try call("binding parameters") { function(handle, &array, &schema, $0) }
    }

    func bind(_ stream: ArrowStream) throws(ADBCError) {
        let function = try driver.unwrap(driver.table.pointee.StatementBindStream, "StatementBindStream")
        try call("binding a stream of batches") { function(handle, stream.pointer, $0) }
    }

    /// Executes for a result.
    func executeQuery(into stream: ArrowStream) throws(ADBCError) -> Int64 {
        var affected: Int64 = -1
        try call("running the query") {
            driver.table.pointee.StatementExecuteQuery(handle, stream.pointer, &affected, $0)
        }
        return affected
    }

    /// Executes without a result; returns the rows affected, -1 if unknown.
    func execute() throws(ADBCError) -> Int64 {
        var affected: Int64 = -1
        try call("running the statement") { driver.table.pointee.StatementExecuteQuery(handle, nil, &affected, $0) }
        return affected
    }

    /// Asks the driver to stop what the statement is doing; from any thread. Does nothing if it is not open.
    ///
    /// - Returns: whether the driver can cancel at all.
    @discardableResult
    func cancel() -> Bool {
        guard driver.supportsRevision11, let function = driver.table.pointee.StatementCancel else { return false }
        state.withLock { isOpen in
            guard isOpen else { return }
            // That there is nothing to cancel is no error.
            try? call("cancelling") { function(handle, $0) }
        }
        return true
    }

    /// Closes the handle; again is harmless.
    func release() {
        state.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            try? call("releasing the statement") { driver.table.pointee.StatementRelease(handle, $0) }
        }
    }

    deinit {
        release()
        handle.deallocate()
    }

    /// The error behind a failed stream of this statement, if the driver keeps it.
    func error(of stream: ArrowStream, code: Int32) -> ADBCError {
        let text = stream.pointer.pointee.get_last_error?(stream.pointer).map { redaction.apply(String(cString: $0)) }
        if driver.supportsRevision11, let function = driver.table.pointee.ErrorFromArrayStream {
            var status: AdbcStatusCode = 0
            if let error = function(stream.pointer, &status), error.pointee.message != nil, status != ADBC_STATUS_OK {
                return ADBCError(
                    reading: error.pointee,
                    status: status,
                    doing: "reading the result",
                    at: driver.name,
                    redaction: redaction,
                    driver: driver
                )
            }
        }
        // A driver without that function says it in the stream's own text.
        var error = AdbcError()
        return (text ?? "error \(code), without a message").withCString { message in
            error.message = UnsafeMutablePointer(mutating: message)
            return ADBCError(
                reading: error,
                status: AdbcStatusCode(code == 125 ? ADBC_STATUS_CANCELLED : ADBC_STATUS_IO),  // ECANCELED
                doing: "reading the result",
                at: driver.name,
                redaction: redaction,
                driver: driver
            )
        }
    }

    private func call(
        _ doing: String,
        _ function: (UnsafeMutablePointer<AdbcError>) -> AdbcStatusCode
    ) throws(ADBCError) {
        try driver.call(doing, redaction, function)
    }
}
