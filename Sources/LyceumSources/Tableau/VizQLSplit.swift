// Dividing a query whose answer is too large into parts that come whole: a value with no I/O.

/// Which parts of a data source to ask for, so that every row comes in exactly one of them.
///
/// A part that is too large is divided by the values of a field: half of them in one part, half in the other, and a
/// third part with everything else, for rows that have come meanwhile with a value that was not there before. A part
/// with a single value of a field is divided by the next field.
struct VizQLSplit: Sendable {
    /// What to do about a part that is too large.
    enum Step: Sendable, Hashable {
        /// It has been divided: go on with ``next()``.
        case divided
        /// Ask for the values of this field in the part, and give them to ``divide(_:by:values:)``.
        case askValues(of: String)
        /// No field is left to divide it by.
        case impossible
    }

    private var waiting: [VizQLPart]
    private let fields: [String]

    /// Starts with everything that the filters let through.
    init(filters: [String: [VizQLValue]], by fields: [String]) {
        waiting = [VizQLPart(filters: filters.mapValues { VizQLFilter(values: $0) })]
        self.fields = fields
    }

    /// The next part to ask for; nil when all have come.
    mutating func next() -> VizQLPart? { waiting.popLast() }

    /// A part's answer is too large.
    mutating func tooLarge(_ part: VizQLPart) -> Step {
        for field in fields {
            if let filter = part.filters[field] {
                guard !filter.excludes, filter.values.count > 1 else { continue }
                halve(part, field, filter.values)
                return .divided
            }
            return .askValues(of: field)
        }
        return .impossible
    }

    /// The values of a field in a part have come.
    mutating func divide(_ part: VizQLPart, by field: String, values: [VizQLValue]) {
        var rest = part
        rest.filters[field] = VizQLFilter(values: values, excludes: true)
        rest.divided.insert(field)
        waiting.append(rest)
        if values.count > 1 {
            halve(part, field, values)
        } else if !values.isEmpty {
            push(part, field, values[...])
        }
    }

    private mutating func halve(_ part: VizQLPart, _ field: String, _ values: [VizQLValue]) {
        let middle = values.count / 2
        push(part, field, values[middle...])
        push(part, field, values[..<middle])
    }

    private mutating func push(_ part: VizQLPart, _ field: String, _ values: ArraySlice<VizQLValue>) {
        var smaller = part
        smaller.filters[field] = VizQLFilter(values: Array(values))
        smaller.divided.insert(field)
        waiting.append(smaller)
    }
}
