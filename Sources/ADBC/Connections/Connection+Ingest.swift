// Bulk ingest: whole streams of batches into a table.

import Arrow

/// What to do about the table that batches are ingested into.
public enum IngestMode: String, Sendable, CaseIterable {
    /// Create the table; an error if it exists.
    case create
    /// Append to the table; an error if there is none.
    case append
    /// Drop the table if it exists, and create it.
    case replace
    /// Create the table if there is none, and append.
    case createAppend = "create_append"
}

extension Connection {
    /// Copies a result into a table; the two drivers pass batches to each other directly.
    ///
    /// All of it or nothing, where the database has transactions: outside a transaction of the caller's, an ingest is one
    /// of its own.
    ///
    /// - Parameters:
    ///   - stream: the result of a query on another connection.
    ///   - table: the table's name, unquoted.
    ///   - schema: the schema it is in, nil for the database's default.
    ///   - mode: what to do about an existing table.
    ///   - temporary: whether the table lives only as long as the connection; not with `schema`.
    /// - Returns: how many rows were written, -1 if the driver does not say.
    /// - Throws: ``ADBCError`` of either database; `CancellationError` if the task is cancelled.
    @discardableResult
    public func ingest(
        _ stream: RecordBatchStream,
        into table: String,
        schema: String? = nil,
        mode: IngestMode = .create,
        temporary: Bool = false
    ) async throws -> Int64 {
        guard (stream.source as? StreamSource)?.connection !== self else {
            throw ADBCError(
                .invalidState,
                "a result cannot be ingested through the connection it comes from; open another, or use INSERT … SELECT",
                location: table
            )
        }
        let target = IngestTarget(table: table, schema: schema, mode: mode, temporary: temporary)
        return try await ingest(into: target) { stream.source.handOver(recording: $0) }
    }

    /// Writes batches into a table, all of them or, where the database has transactions, none.
    @discardableResult
    public func ingest(
        _ batches: [RecordBatch],
        into table: String,
        schema: String? = nil,
        mode: IngestMode = .create,
        temporary: Bool = false
    ) async throws -> Int64 {
        guard let first = batches.first else { return 0 }
        let target = IngestTarget(table: table, schema: schema, mode: mode, temporary: temporary)
        return try await ingest(into: target) { _ in ArrowStream(schema: first.schema, batches: batches) }
    }

    /// Writes the batches that `next` makes into a table, until it returns nil; all or nothing, as above.
    ///
    /// `next` is called on the driver's threads, one call at a time, and may block. What it throws, this throws.
    @discardableResult
    public func ingest(
        columns: Schema,
        into table: String,
        schema: String? = nil,
        mode: IngestMode = .create,
        temporary: Bool = false,
        next: @escaping @Sendable () throws -> RecordBatch?
    ) async throws -> Int64 {
        let target = IngestTarget(table: table, schema: schema, mode: mode, temporary: temporary)
        return try await ingest(into: target) { failure in
            ArrowStream(schema: columns) {
                do {
                    return try next()
                } catch {
                    failure.record(error)
                    throw error
                }
            }
        }
    }

    /// Writes an asynchronous sequence of batches into a table; all or nothing, as above.
    ///
    /// At most four batches wait between the sequence and the driver; then the sequence waits. What the sequence throws,
    /// this throws.
    @discardableResult
    public func ingest<Batches: AsyncSequence & Sendable>(
        columns: Schema,
        from batches: Batches,
        into table: String,
        schema: String? = nil,
        mode: IngestMode = .create,
        temporary: Bool = false
    ) async throws -> Int64 where Batches.Element == RecordBatch {
        let channel = BatchChannel(capacity: 4)
        return try await withThrowingTaskGroup(of: Int64?.self) { group in
            group.addTask {
                do {
                    for try await batch in batches {
                        guard await channel.send(batch) else { return nil }
                    }
                    channel.finish()
                } catch {
                    channel.finish(error)
                }
                return nil
            }
            group.addTask {
                // Wakes the sender when the driver stops early.
                defer { channel.close() }
                return try await self.ingest(
                    columns: columns,
                    into: table,
                    schema: schema,
                    mode: mode,
                    temporary: temporary,
                    next: { try channel.receive() }
                )
            }
            var written: Int64 = -1
            while let result = try await group.next() {
                if let result { written = result }
            }
            return written
        }
    }

    private func ingest(
        into target: IngestTarget,
        _ makeStream: @escaping @Sendable (StreamFailure) throws -> ArrowStream
    ) async throws -> Int64 {
        let failure = StreamFailure()
        do {
            return try await withStatement { [self] statement in
                defer { statement.release() }
                return try inTransaction {
                    for (key, value) in target.options { try statement.setOption(key, value) }
                    try statement.bind(try makeStream(failure))
                    let written = try statement.execute()
                    // A driver that lets a broken stream pass for a short one must not pass for success.
                    if let error = failure.error { throw error }
                    return written
                }
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            throw failure.error ?? error
        }
    }
}

/// Where batches are ingested, in ADBC's statement options.
private struct IngestTarget: Sendable {
    let table: String
    let schema: String?
    let mode: IngestMode
    let temporary: Bool

    var options: [(key: String, value: String)] {
        var options = [
            (key: "adbc.ingest.target_table", value: table),
            (key: "adbc.ingest.mode", value: "adbc.ingest.mode.\(mode.rawValue)"),
        ]
        if let schema { options.append((key: "adbc.ingest.target_db_schema", value: schema)) }
        if temporary { options.append((key: "adbc.ingest.temporary", value: "true")) }
        return options
    }
}
