// The greatest value of a column, seen while its rows pass by.

import Arrow
import Synchronization

/// Keeps the greatest value of one column of integers, dates or timestamps; several streams may share it.
public final class GreatestValue: Sendable {
    /// The column's name.
    public let column: String
    /// Greater values are passed over.
    public let limit: Int64
    private let greatest = Mutex<Int64?>(nil)

    /// - Parameter limit: greater values are passed over; as the column counts.
    public init(of column: String, upTo limit: Int64 = .max) {
        self.column = column
        self.limit = limit
    }

    /// The greatest value so far, as the column counts; nil without any.
    public var value: Int64? { greatest.withLock { $0 } }

    /// Takes note of a batch's greatest.
    func note(_ value: Int64) { greatest.withLock { $0 = max($0 ?? value, value) } }
}
