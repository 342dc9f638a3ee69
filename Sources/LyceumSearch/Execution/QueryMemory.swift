// The working memory of query execution, kept from one query to the next.

/// Grown when a query needs more, never shrunk, so that a query that fits allocates nothing.
///
/// Belongs to one ``Scratch``, hence to one query at a time.
struct QueryMemory {
    /// Places scored together. A window's scores fit into the first-level cache.
    static let windowSize = 2048
    static let windowWords = windowSize / 64

    /// Scores of the windows, all zero between uses.
    private(set) var scores: UnsafeMutablePointer<Float>
    /// Their matches, all zero between uses.
    private(set) var matches: UnsafeMutablePointer<UInt64>
    private(set) var cursors: UnsafeMutablePointer<PostingCursor>
    /// Room for a decoded block a cursor.
    private(set) var blocks: UnsafeMutablePointer<UInt32>
    /// Two bounds a node: its own in the current window, and that of itself and its later siblings.
    private(set) var bounds: UnsafeMutablePointer<Float>
    private(set) var streams: UnsafeMutablePointer<PositionStream>
    private(set) var heap: UnsafeMutablePointer<ScoredDocument>
    private var windowCapacity = 2
    private var listCapacity = 16
    private var nodeCapacity = 16
    private var heapCapacity = 64

    static let blockSize = 2 * PostingBlock.size

    init() {
        scores = .allocate(capacity: windowCapacity * Self.windowSize)
        scores.initialize(repeating: 0, count: windowCapacity * Self.windowSize)
        matches = .allocate(capacity: windowCapacity * Self.windowWords)
        matches.initialize(repeating: 0, count: windowCapacity * Self.windowWords)
        cursors = .allocate(capacity: listCapacity)
        blocks = .allocate(capacity: listCapacity * Self.blockSize)
        bounds = .allocate(capacity: nodeCapacity * 2)
        streams = .allocate(capacity: listCapacity)
        heap = .allocate(capacity: heapCapacity)
    }

    mutating func reserve(_ query: CompiledQuery, heap wanted: Int) {
        if query.windowCount > windowCapacity {
            scores.deallocate()
            matches.deallocate()
            windowCapacity = query.windowCount
            scores = .allocate(capacity: windowCapacity * Self.windowSize)
            scores.initialize(repeating: 0, count: windowCapacity * Self.windowSize)
            matches = .allocate(capacity: windowCapacity * Self.windowWords)
            matches.initialize(repeating: 0, count: windowCapacity * Self.windowWords)
        }
        if query.lists.count > listCapacity {
            cursors.deallocate()
            blocks.deallocate()
            streams.deallocate()
            listCapacity = query.lists.count
            cursors = .allocate(capacity: listCapacity)
            blocks = .allocate(capacity: listCapacity * Self.blockSize)
            streams = .allocate(capacity: listCapacity)
        }
        if query.nodes.count > nodeCapacity {
            bounds.deallocate()
            nodeCapacity = query.nodes.count
            bounds = .allocate(capacity: nodeCapacity * 2)
        }
        if wanted > heapCapacity {
            heap.deallocate()
            heapCapacity = wanted
            heap = .allocate(capacity: heapCapacity)
        }
    }

    func deallocate() {
        scores.deallocate()
        matches.deallocate()
        cursors.deallocate()
        blocks.deallocate()
        bounds.deallocate()
        streams.deallocate()
        heap.deallocate()
    }
}
