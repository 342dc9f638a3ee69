// Builds the columns of one collection and writes them as a segment.

import Foundation

/// Gathers field values of documents in order.
///
/// Sections of field number i: `i.numbers` (Float64, NaN where missing), `i.dates` (Int64, minimum where missing), `i.lat` and
/// `i.lon` (Float32 degrees, NaN where missing), or for keywords `i.display.*` and `i.folded.*` (the values as written first and as compared, in the order of the folded
/// form), the value numbers of each document, as `i.codes` (packed; the number of values where it has none) when no
/// document has more than one, or else as `i.starts` and `i.values`, and the documents of each value as `i.owners.at` and
/// `i.owners`. Of a column with codes for few values the owners are not written: they are found as fast by a scan.
struct ColumnWriter {
    private enum Column {
        case none
        case numbers([Double])
        case dates([Int64])
        case points([Float], [Float])
        case keywords(KeywordBuilder)
    }

    private struct KeywordBuilder {
        var folded = TermTable(capacity: 256)
        var display: [String] = []
        var starts: [UInt32] = [0]
        var values: [UInt32] = []
        var current: [UInt32] = []
        /// Whether a document has several values.
        var isMany = false
        /// What was folded before, by the text as written: most values repeat.
        var known: [String: UInt32] = [:]

        mutating func add(_ text: String) {
            let number: UInt32
            if let seen = known[text] {
                number = seen
            } else {
                let folded = KeywordFolding.fold(text)
                guard !folded.isEmpty else { return }
                let inserted = self.folded.insert(folded)
                number = inserted.number
                if inserted.isNew { display.append(text.trimmingCharacters(in: .whitespacesAndNewlines)) }
                if known.count < 1 << 16 { known[text] = number }
            }
            if !current.contains(number) { current.append(number) }
        }

        mutating func finishDocument() {
            if current.count > 1 { isMany = true }
            values.append(contentsOf: current)
            starts.append(UInt32(values.count))
            current.removeAll(keepingCapacity: true)
        }
    }

    private var columns: [Column]
    private(set) var documentCount = 0

    init(_ fields: [FieldDefinition]) {
        columns = fields.map { field in
            switch field.kind {
            case .text: .none
            case .number: .numbers([])
            case .date: .dates([])
            case .geo: .points([], [])
            case .keyword: .keywords(KeywordBuilder())
            }
        }
    }

    /// Adds the next document; values are by field index and of the field's type (see `CollectionWriter`).
    mutating func add(_ values: [FieldValue]) {
        documentCount += 1
        for index in columns.indices {
            switch columns[index] {
            case .none: continue
            case .numbers(var numbers):
                columns[index] = .none
                if case .number(let number) = values[index] { numbers.append(number) } else { numbers.append(.nan) }
                columns[index] = .numbers(numbers)
            case .dates(var dates):
                columns[index] = .none
                if case .date(let date) = values[index] { dates.append(date) } else { dates.append(.min) }
                columns[index] = .dates(dates)
            case .points(var latitudes, var longitudes):
                columns[index] = .none
                if case .point(let point) = values[index] {
                    latitudes.append(Float(point.latitude))
                    longitudes.append(Float(point.longitude))
                } else {
                    latitudes.append(.nan)
                    longitudes.append(.nan)
                }
                columns[index] = .points(latitudes, longitudes)
            case .keywords(var builder):
                columns[index] = .none
                switch values[index] {
                case .text(let text): builder.add(text)
                case .texts(let texts): for text in texts { builder.add(text) }
                case .none, .number, .date, .point: break
                }
                builder.finishDocument()
                columns[index] = .keywords(builder)
            }
        }
    }

    /// Adds all sections. Linear in the number of values, plus sorting the distinct ones.
    func write(to segment: inout SegmentWriter) {
        for (index, column) in columns.enumerated() {
            switch column {
            case .none: continue
            case .numbers(let numbers): segment.add("\(index).numbers", numbers)
            case .dates(let dates): segment.add("\(index).dates", dates)
            case .points(let latitudes, let longitudes):
                segment.add("\(index).lat", latitudes)
                segment.add("\(index).lon", longitudes)
            case .keywords(let builder):
                let order = builder.folded.sorted()
                var rank = [UInt32](repeating: 0, count: order.count)
                for (new, old) in order.enumerated() { rank[Int(old)] = UInt32(new) }
                let values = builder.values.map { rank[Int($0)] }
                FrozenTerms.add("\(index).f", builder.folded, order: order, to: &segment)
                var displayBytes: [UInt8] = []
                var displayOffsets: [UInt32] = [0]
                for old in order {
                    displayBytes.append(contentsOf: builder.display[Int(old)].utf8)
                    displayOffsets.append(UInt32(displayBytes.count))
                }
                segment.add("\(index).display", displayBytes)
                segment.add("\(index).display.at", displayOffsets)
                if builder.isMany {
                    segment.add("\(index).starts", builder.starts)
                    segment.add("\(index).values", values)
                } else {
                    let codes = zip(builder.starts, builder.starts.dropFirst()).map { start, end in
                        start == end ? UInt32(order.count) : values[Int(start)]
                    }
                    segment.add("\(index).codes", PackedIntegers.packed(codes, limit: order.count + 1))
                }

                var ownerStarts = [UInt32](repeating: 0, count: order.count + 1)
                for value in values { ownerStarts[Int(value) + 1] += 1 }
                for value in 0..<order.count { ownerStarts[value + 1] += ownerStarts[value] }
                segment.add("\(index).owners.at", ownerStarts)
                guard KeywordColumn.hasOwners(isMany: builder.isMany, values: order.count) else { continue }
                var next = ownerStarts
                var owners = [UInt32](repeating: 0, count: values.count)
                for document in 0..<documentCount {
                    for at in Int(builder.starts[document])..<Int(builder.starts[document + 1]) {
                        let value = Int(values[at])
                        owners[Int(next[value])] = UInt32(document)
                        next[value] += 1
                    }
                }
                segment.add("\(index).owners", owners)
            }
        }
    }
}
