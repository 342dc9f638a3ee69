// The best k of many, without sorting the rest.

/// A document and its score.
struct ScoredDocument: BitwiseCopyable, Equatable {
    var score: Float
    var document: UInt32

    /// The order of results: the higher score first, then the document added first.
    @inline(__always)
    static func precedes(_ a: ScoredDocument, _ b: ScoredDocument) -> Bool {
        a.score != b.score ? a.score > b.score : a.document < b.document
    }
}

/// Keeps the first `capacity` elements in the order given. O(log capacity) for an element that enters, O(1) for one that does not.
struct BoundedHeap {
    private(set) var elements: [ScoredDocument] = []
    let capacity: Int
    private let precedes: (ScoredDocument, ScoredDocument) -> Bool

    init(capacity: Int, precedes: @escaping (ScoredDocument, ScoredDocument) -> Bool = ScoredDocument.precedes) {
        self.capacity = capacity
        self.precedes = precedes
        elements.reserveCapacity(min(capacity, 4096))
    }

    /// The last of those kept, once there are `capacity` of them: what a new element must precede.
    var worst: ScoredDocument? { elements.count == capacity ? elements.first : nil }

    @inline(__always)
    mutating func insert(_ element: ScoredDocument) {
        if elements.count < capacity {
            elements.append(element)
            siftUp()
        } else if capacity > 0, precedes(element, elements[0]) {
            elements[0] = element
            siftDown()
        }
    }

    private mutating func siftUp() {
        var child = elements.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(elements[parent], elements[child]) else { return }
            elements.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var last = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < elements.count && precedes(elements[last], elements[child]) { last = child }
            guard last != parent else { return }
            elements.swapAt(parent, last)
            parent = last
        }
    }

    /// The elements in order.
    func sorted() -> [ScoredDocument] { elements.sorted(by: precedes) }
}
