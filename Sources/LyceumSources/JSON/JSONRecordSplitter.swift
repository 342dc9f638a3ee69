// Cuts a JSON text that comes in pieces into the records of one array, holding no more than one record.

/// Finds the array at a path of a JSON text and gives each of its objects as soon as it is whole.
///
/// The text around the array is only followed (strings, nesting); the records themselves are checked by whoever parses
/// them. Time is linear in the text's length, memory that of the largest record.
struct JSONRecordSplitter {
    /// What the next byte belongs to.
    private enum Place {
        /// Around the array: outside of a string.
        case around
        /// In a string around the array.
        case aroundString(isEscaped: Bool)
        /// In the array, before a record or its end.
        case beforeRecord(isFirst: Bool)
        /// Behind a record: a comma or the array's end.
        case behindRecord
        /// In a record.
        case record(depth: Int, inString: Bool, isEscaped: Bool)
    }

    private let path: [[UInt8]]
    private let maximumRecordBytes: Int
    private var place = Place.around
    /// The open objects and arrays around the array, outermost first.
    private var open: [UInt8] = []
    /// How many of the path's members have been entered.
    private var matched = 0
    /// The last string outside of the array, which may be a member's name.
    private var name: [UInt8] = []
    /// Whether a value is about to come whose name is the next of the path.
    private var isOnPath = false
    private var isBehindColon = false
    private var hasArray = false
    private var isClosed = false
    /// The start of a record that continues in the next piece.
    private var carried: [UInt8] = []
    /// Bytes taken before the current piece.
    private var consumed = 0

    private static let longestName = 1 << 16
    private static let maximumDepth = 200

    /// A splitter for the array at a dotted path, such as `Report_Entry`; an empty path is a text that is the array.
    init(path: String, maximumRecordBytes: Int = 16 << 20) {
        self.path = path.split(separator: ".").map { Array($0.utf8) }
        self.maximumRecordBytes = maximumRecordBytes
        isOnPath = self.path.isEmpty
    }

    /// Takes a piece and calls `receive` with each record that is complete, and with its place in the text.
    ///
    /// - Throws: ``JSONFault`` with the byte's number in the whole text.
    mutating func take(
        _ piece: UnsafeBufferPointer<UInt8>,
        receive: (_ record: UnsafeBufferPointer<UInt8>, _ offset: Int) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        var index = 0
        var recordStart = 0
        while index < piece.count {
            switch place {
            case .record(var depth, var inString, var isEscaped):
                // The hot loop: nothing but bytes until the record ends.
                var isWhole = false
                while index < piece.count {
                    let byte = piece[index]
                    index += 1
                    if inString {
                        if isEscaped {
                            isEscaped = false
                        } else if byte == UInt8(ascii: "\\") {
                            isEscaped = true
                        } else if byte == UInt8(ascii: "\"") {
                            inString = false
                        }
                    } else if byte == UInt8(ascii: "\"") {
                        inString = true
                    } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                        depth += 1
                    } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                        depth -= 1
                        if depth == 0 {
                            isWhole = true
                            break
                        }
                    }
                }
                guard isWhole else {
                    place = .record(depth: depth, inString: inString, isEscaped: isEscaped)
                    break
                }
                place = .behindRecord
                let offset = consumed + recordStart - carried.count
                if carried.isEmpty {
                    try receive(UnsafeBufferPointer(rebasing: piece[recordStart..<index]), offset)
                } else {
                    try carry(piece[recordStart..<index])
                    try carried.withUnsafeBufferPointer { (bytes) throws(JSONFault) in try receive(bytes, offset) }
                    carried.removeAll(keepingCapacity: carried.capacity <= 1 << 20)
                }
            case .beforeRecord(let isFirst):
                let byte = piece[index]
                if Self.isSpace(byte) {
                    index += 1
                } else if byte == UInt8(ascii: "{") {
                    recordStart = index
                    index += 1
                    place = .record(depth: 1, inString: false, isEscaped: false)
                } else if byte == UInt8(ascii: "]"), isFirst {
                    index += 1
                    leaveArray()
                } else {
                    throw fault("a record is not an object", index)
                }
            case .behindRecord:
                let byte = piece[index]
                index += 1
                if byte == UInt8(ascii: ",") {
                    place = .beforeRecord(isFirst: false)
                } else if byte == UInt8(ascii: "]") {
                    leaveArray()
                } else if !Self.isSpace(byte) {
                    throw fault("a comma or ] is missing", index - 1)
                }
            case .aroundString(let isEscaped):
                let byte = piece[index]
                index += 1
                if isEscaped {
                    place = .aroundString(isEscaped: false)
                } else if byte == UInt8(ascii: "\\") {
                    place = .aroundString(isEscaped: true)
                } else if byte == UInt8(ascii: "\"") {
                    place = .around
                    continue
                }
                if name.count < Self.longestName { name.append(byte) }
            case .around:
                try around(piece[index], index)
                index += 1
            }
        }
        if case .record = place { try carry(piece[min(recordStart, piece.count)...]) }
        consumed += piece.count
    }

    /// Says that no more comes.
    ///
    /// - Throws: ``JSONFault`` when the text is not whole, or has no such array.
    func finish() throws(JSONFault) {
        guard isClosed else { throw JSONFault(reason: "the text ends too early", offset: consumed) }
        guard hasArray else {
            let wanted = path.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
            throw JSONFault(reason: "there is no array '\(wanted)'", offset: 0)
        }
    }

    private mutating func carry(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) throws(JSONFault) {
        guard carried.count + bytes.count <= maximumRecordBytes else {
            throw JSONFault(reason: "a record is larger than \(maximumRecordBytes) bytes", offset: consumed)
        }
        carried.append(contentsOf: bytes)
    }

    private mutating func around(_ byte: UInt8, _ index: Int) throws(JSONFault) {
        if Self.isSpace(byte) { return }
        guard !isClosed else { throw fault("something follows the end", index) }
        switch byte {
        case UInt8(ascii: "\""):
            guard !open.isEmpty else { throw fault("an object or array is missing", index) }
            name.removeAll(keepingCapacity: true)
            place = .aroundString(isEscaped: false)
            isBehindColon = false
        case UInt8(ascii: ":"):
            guard open.last == UInt8(ascii: "{") else { throw fault("a colon stands outside of an object", index) }
            isBehindColon = true
            // Only a member of the innermost object that the path has led to can be the next one.
            isOnPath = matched < path.count && open.count == matched + 1 && name == path[matched]
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard open.count < Self.maximumDepth else { throw fault("values nest too deep", index) }
            let isArray = byte == UInt8(ascii: "[")
            let isRoot = open.isEmpty
            open.append(byte)
            if isRoot, path.isEmpty || isArray {
                guard isArray else { throw fault("an array is missing", index) }
                // A bare array of records is accepted for any path, as of a server that leaves the envelope out.
                enterArray()
            } else if isOnPath, isBehindColon {
                if isArray, matched == path.count - 1 {
                    matched += 1
                    enterArray()
                } else if !isArray, matched < path.count - 1 {
                    matched += 1
                }
            }
            isOnPath = false
            isBehindColon = false
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            let opener = byte == UInt8(ascii: "}") ? UInt8(ascii: "{") : UInt8(ascii: "[")
            guard open.popLast() == opener else { throw fault("brackets do not match", index) }
            if open.count == matched, matched > 0, !hasArray { matched -= 1 }
            isClosed = open.isEmpty
        default:
            guard !open.isEmpty else { throw fault("an object or array is missing", index) }
            isBehindColon = false
        }
    }

    private mutating func enterArray() {
        hasArray = true
        place = .beforeRecord(isFirst: true)
    }

    private mutating func leaveArray() {
        open.removeLast()
        isClosed = open.isEmpty
        place = .around
    }

    private func fault(_ reason: String, _ index: Int) -> JSONFault {
        JSONFault(reason: reason, offset: consumed + index)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}
