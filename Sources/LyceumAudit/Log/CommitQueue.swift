// Which entries wait to be written, and which are written together: a value without I/O.

/// Entries that wait for the one writer. While it forces a batch to the disk the next batch gathers, so that one write and one
/// wait serve all that came meanwhile.
struct CommitQueue<Waiter> {
    /// An entry's lines and who waits for them.
    struct Item {
        var lines: [LineBody]
        var bytes: Int
        var waiter: Waiter
    }

    /// What became of an entry.
    enum Admission {
        /// It waits; `startsWriter` says that the writer has to be woken.
        case accepted(startsWriter: Bool)
        /// Too much is waiting.
        case full
        /// No more is taken.
        case closed
    }

    private let entries: Int
    private let bytes: Int
    private let batchBytes: Int
    private var waiting: [Item] = []
    private var waitingBytes = 0
    private var isWriting = false
    private var isClosed = false

    init(_ limits: AuditLimits) {
        entries = limits.waitingEntries
        bytes = limits.waitingBytes
        batchBytes = limits.batchBytes
    }

    /// How many entries wait.
    var count: Int { waiting.count }

    /// Takes an entry in, or refuses it.
    mutating func add(_ item: Item) -> Admission {
        if isClosed { return .closed }
        guard waiting.count < entries, waiting.isEmpty || waitingBytes + item.bytes <= bytes else { return .full }
        waiting.append(item)
        waitingBytes += item.bytes
        defer { isWriting = true }
        return .accepted(startsWriter: !isWriting)
    }

    /// The next batch, in the order of arrival; empty when there is none and the writer may rest.
    mutating func takeBatch() -> [Item] {
        var count = 0
        var size = 0
        while count < waiting.count, count == 0 || size + waiting[count].bytes <= batchBytes {
            size += waiting[count].bytes
            count += 1
        }
        guard count > 0 else {
            isWriting = false
            return []
        }
        let batch = Array(waiting[..<count])
        waiting.removeFirst(count)
        waitingBytes -= size
        return batch
    }

    /// Takes no more; what waits is still written.
    mutating func close() { isClosed = true }
}
