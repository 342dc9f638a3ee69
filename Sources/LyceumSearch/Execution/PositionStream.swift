// The positions of one term in one field of one document, and whether those of a phrase fit together.

/// Reads positions one by one.
struct PositionStream {
    private let bytes: UnsafeRawPointer
    private let width: Int
    private var next: Int
    private var remaining: Int
    /// Where the phrase would begin if its term stood here.
    private(set) var begin: Int

    /// - Parameters:
    ///   - bytes: the positions of a block, of `width` bits.
    ///   - first: the number among them of the first one of the field; `count` belong to it, at least one.
    ///   - offset: where the term stands in the phrase.
    init(_ bytes: UnsafeRawPointer, width: Int, first: Int, count: Int, offset: Int) {
        self.bytes = bytes
        self.width = width
        next = first
        remaining = count
        begin = -offset
        _ = advance()
    }

    /// Goes to the next position; false when there is none.
    @inline(__always)
    mutating func advance() -> Bool {
        guard remaining > 0 else { return false }
        remaining &-= 1
        if width > 0 { begin &+= Int(PostingBlock.value(bytes, at: next, width: width)) }
        next &+= 1
        return true
    }

    /// How often all streams agree on a beginning. O(positions).
    static func agreements(_ streams: UnsafeMutablePointer<PositionStream>, count: Int) -> Int {
        var found = 0
        var target = streams[0].begin
        while true {
            var agreed = 0
            while agreed < count {
                while streams[agreed].begin < target {
                    guard streams[agreed].advance() else { return found }
                }
                if streams[agreed].begin > target {
                    target = streams[agreed].begin
                    agreed = 0
                } else {
                    agreed += 1
                }
            }
            found += 1
            target += 1
        }
    }
}
