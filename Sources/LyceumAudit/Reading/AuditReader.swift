// Reads entries back, one after the other.

import Foundation

/// Searches a record. Streams: memory does not grow with the record.
public struct AuditReader: Sendable {
    private let folder: RecordFolder
    private let key: AuditKey?

    /// A reader of the record in a folder.
    ///
    /// - Parameter key: the record's key, without which students cannot be looked for.
    public init(_ folder: URL, key: AuditKey?) {
        self.folder = RecordFolder(folder)
        self.key = key
    }

    /// Calls `body` with each entry that fits, in the order of the record, until it returns false.
    ///
    /// Each line's own hash is checked on the way; whether lines are missing, only ``AuditVerifier`` says.
    ///
    /// - Throws: ``AuditError`` with code `not_found` if there is no record, `damaged` at a line that was changed, `bad_secret` if
    ///   a student is looked for without a key, `storage` if the record cannot be read; what `body` throws.
    public func forEach(_ filter: AuditFilter = AuditFilter(), _ body: (AuditRecord) throws -> Bool) throws {
        try forEachLine(filter) { record, _ in try body(record) }
    }

    /// The same with the line's bytes, which are valid during the call only.
    func forEachLine(
        _ filter: AuditFilter,
        _ body: (AuditRecord, UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        let filter = try filter.compiled(key)
        let files = try folder.files()
        guard !files.isEmpty else {
            throw AuditError(.notFound, "there is no audit record here", location: folder.url.path)
        }
        var goesOn = true
        for file in files where goesOn {
            try LineReader(file.url).forEachLine { bytes, number, ending in
                // Without a line break it is one that is being written.
                guard case .lineBreak = ending, filter.mayMatch(bytes) else { return true }
                guard let line = ChainLine(bytes), line.isIntact,
                    let record = try? JSONDecoder().decode(AuditRecord.self, from: Data(bytes))
                else {
                    throw AuditError(
                        .damaged,
                        "a line of the audit record is not as it was written: see 'lyceum audit verify'",
                        location: "\(file.url.path):\(number)"
                    )
                }
                if filter.matches(record) { goesOn = try body(record, bytes) }
                return goesOn
            }
        }
    }

    /// The last line, to be noted elsewhere. Reads the end only.
    ///
    /// - Throws: ``AuditError`` with code `not_found`, `damaged` or `storage`.
    public func head() throws(AuditError) -> AuditMark {
        for file in try folder.files().reversed() {
            let opened = try SystemFile(file.url, O_RDONLY)
            if let line = try RecordTail(of: opened, size: try opened.status().size).line {
                return AuditMark(sequence: line.sequence, hash: line.hash)
            }
        }
        throw AuditError(.notFound, "there is no audit record here", location: folder.url.path)
    }
}
