// Lines chained to the one before, as bytes to append.

/// Puts bodies into lines, each with its sequence, the hash of the line before and its own.
struct ChainBuilder {
    /// The sequence of the last line.
    private(set) var sequence: UInt64
    /// The hash of the last line.
    private(set) var hash: String
    /// The lines made so far, each with its line break.
    private(set) var bytes: [UInt8] = []

    /// Goes on after a line; by default begins.
    init(after sequence: UInt64 = 0, hash: String = LineForm.origin) {
        self.sequence = sequence
        self.hash = hash
    }

    /// Adds a line of a kind; `members` are the JSON members after the kind, each with a comma before it.
    mutating func add(_ body: LineBody) {
        let start = bytes.count
        sequence += 1
        bytes += LineForm.head
        bytes += Array(String(sequence).utf8)
        bytes += LineForm.previous
        bytes += Array(hash.utf8)
        bytes += LineForm.kind
        bytes += Array(body.kind.rawValue.utf8)
        bytes.append(0x22)
        bytes += body.members
        hash = bytes.withUnsafeBytes { ChainLine.hash(of: UnsafeRawBufferPointer(rebasing: $0[start...])) }
        bytes += LineForm.hash
        bytes += Array(hash.utf8)
        bytes += LineForm.end
        bytes.append(0x0A)
    }
}
